/** Words that stand in every other sentence and tell nothing about what it is about. */
const ENGLISH = `a about above after again against all am an and any are aren as at be because been before being below between both
but by can cannot could couldn did didn do does doesn doing don down during each few for from further had hadn has hasn have haven
having he her here hers herself him himself his how i if in into is isn it its itself just ll m me mightn more most mustn my myself
needn no nor not now o of off on once only or other our ours ourselves out over own re s same shan she should shouldn so some such t
than that the their theirs them themselves then there these they this those through to too under until up ve very was wasn we were
weren what when where which while who whom why will with won would wouldn y you your yours yourself yourselves`;

// Single characters: in Chinese nearly all function words are one character long, and bigrams that hold them are rare words anyway.
const HAN = '的了着过是在有和与及或也都就而被把对从到为以于之其这那哪我你他她它们吗呢吧啊呀么个上下中里';
const KANA = 'はがをにでとものへやかねよなられるた';

const STOP_WORDS: ReadonlySet<string> = new Set([...ENGLISH.split(/\s+/), ...HAN, ...KANA]);

export function isStopWord(token: string): boolean {
  return STOP_WORDS.has(token);
}
