/** What can be measured of a question before any model sees it. */
export interface QuestionTraits {
  readonly question: string;
  /** Tables of the schema that the question clearly speaks of. */
  readonly linkedTables: number;
  /** It continues a conversation, whose earlier questions it leans on. */
  readonly isFollowUp: boolean;
}

export interface Difficulty {
  readonly isHard: boolean;
  /** Names of the signs that were found, for the account of the prompt. */
  readonly signs: readonly string[];
}

/**
 * Points at which a question goes to the stronger model at once. Of the 5,923 questions of Spider's training half that is
 * 2, of 199 of defog's 1: what published questions ask, the first model answers.
 */
const HARD = 3;

interface Sign {
  readonly name: string;
  readonly points: number;
  readonly words: RegExp;
}

/** Words that ask for more than filters, joins and one GROUP BY, in English and Chinese. */
const SIGNS: readonly Sign[] = [
  {
    name: 'running-window',
    points: 3,
    words:
      /\b(?:running|cumulative|rolling|moving)\s+(?:total|sum|count|average|mean|balance)|\bcumulative(?:ly)?\b|\bconsecutive\b|\bstreaks?\b|\b(?:day|week|month|quarter|year)[\s-](?:over|on)[\s-](?:day|week|month|quarter|year)\b|\bcohorts?\b|\bretention\b|累计|累积|移动平均|滚动|连续|环比|同比|留存/iu,
  },
  {
    name: 'distribution',
    points: 2,
    words:
      /\bmedian\b|\bpercentiles?\b|\bquartiles?\b|\bdeciles?\b|\bstandard deviation\b|\bcorrelation\b|\bpareto\b|中位数|百分位|四分位|标准差|相关性/iu,
  },
  {
    name: 'best-of-each',
    points: 2,
    words:
      /\b(?:most|least|top|best|highest|lowest|largest|smallest|first|last|latest|earliest)\b.*\b(?:for|in|of|within|per)\s+(?:each|every)\b|\b(?:for|in|of|within)\s+(?:each|every)\b.*\b(?:most|least|top|best|highest|lowest|largest|smallest|first|last|latest|earliest)\b|每.{0,12}(?:最|前\s*[\d一二三五十])/iu,
  },
  {
    name: 'change-over-time',
    points: 2,
    words:
      /\bgrowth\b|\b(?:compared|relative)\s+(?:to|with)\b|\bversus\b|\bvs\b|\b(?:increase|decrease|change|drop|decline)d?\s+(?:from|since|between|by)\b|\bprevious\s+(?:day|week|month|quarter|year)\b|增长率|增长|相比|对比|较上/iu,
  },
  {
    name: 'against-a-group',
    points: 2,
    words:
      /\b(?:above|below|over|under|than)\s+(?:the\s+)?(?:overall\s+|company\s+)?(?:average|mean|median)\b|\bthan\s+(?:any|all|every|the\s+(?:total|sum))\b|(?:高于|低于|超过|大于|小于|不到)[^，。？]{0,10}(?:平均|均值|总)/iu,
  },
  {
    name: 'absence-or-all',
    points: 1,
    words:
      /\bnever\b|\bwithout\s+any\b|\bneither\b|\bexcept\b|\b(?:do|does|did|has|have|are|is|were|was)\s*(?:not|n['’]t)\b|\bevery\s+one\s+of\b|\bboth\b.*\band\b|从未|从来没|没有任何|除了|既.*又|都没|同时/iu,
  },
  {
    name: 'share',
    points: 1,
    words: /\bpercent(?:age)?\b|\bratio\b|\bproportion\b|\bshare\s+of\b|\brate\b|%|百分比|比例|占比|比率|率/iu,
  },
  {
    name: 'several-parts',
    points: 1,
    words: /[?？].*[?？]|\bas\s+well\s+as\b|\band\s+also\b|\bbroken\s+down\b|\bseparately\b|以及|分别|并且/isu,
  },
];

const LONG_WORDS = 35;
const VERY_LONG_WORDS = 80;
const MANY_TABLES = 4;

/**
 * Whether a question is likely beyond the first model: a sum of points for what can be seen of it. It knows words and
 * counts, no meaning; what it takes for easy and is not, the model climbs for when its SQL fails.
 */
export function difficultyOf({ question, linkedTables, isFollowUp }: QuestionTraits): Difficulty {
  const text = question.normalize('NFKC');
  const words = wordCount(text);
  const found = [
    ...SIGNS.filter((sign) => sign.words.test(text)),
    ...(words > VERY_LONG_WORDS ? [{ name: 'very-long', points: 2 }] : []),
    ...(words > LONG_WORDS && words <= VERY_LONG_WORDS ? [{ name: 'long', points: 1 }] : []),
    ...(linkedTables >= MANY_TABLES ? [{ name: 'many-tables', points: 1 }] : []),
    ...(isFollowUp ? [{ name: 'follow-up', points: 1 }] : []),
  ];
  const points = found.reduce((sum, sign) => sum + sign.points, 0);
  return { isHard: points >= HARD, signs: found.map(({ name }) => name) };
}

/** Words where spaces part them; of Chinese, Japanese and Korean two characters count as one. */
function wordCount(text: string): number {
  const cjk = text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu)?.length ?? 0;
  const others =
    text.match(/[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]+/gu)?.length ?? 0;
  return others + cjk / 2;
}
