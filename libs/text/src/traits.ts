/** What can be told of an utterance by its form, as bits of one small number. */
export const TRAIT = {
  /** It asks something. */
  asks: 1,
  /** It ends with a question: whoever answers comes next. */
  endsAsking: 2,
  /** It says when: a date, a weekday, "yesterday", "two years ago", 上周. */
  dated: 4,
  /** It says how many. */
  counted: 8,
  /** It says that something is no longer as it was: "now", "rescheduled", "increased to", 改成. */
  changed: 16,
  /** Of questions alone: the answer is what the assistant said. */
  advised: 32,
  /** Of a user's: it says what is to hold from now on. */
  wishes: 64,
} as const;

const ASKS = /[?？]|[吗呢](?=[\s。！!~～]*$)/mu;
const ENDS_ASKING = /(?:[?？]|[吗呢])["'”’」』)）\s\p{Extended_Pictographic}]*$/u;
const DATED = new RegExp(
  String.raw`\b(?:yesterday|today|tonight|tomorrow|last|next|ago|since|recently|just|weekends?|weeks?|months?|years?|` +
    String.raw`(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may|june|july|august|september|october|` +
    String.raw`november|december|(?:19|20)\d\d)\b|[昨今明前后]天|[今去前明]年|[上下这本]+个?(?:周|月|星期|季度|年)|(?:星期|礼拜|周)[一二三四五六日天末]|` +
    String.raw`[\d一二三四五六七八九十〇]+(?:年|月|日|号)|(?:天|周|个?月|年|小时|分钟)(?:以)?[前后]|最近|刚刚|刚才`,
  'iu',
);
const COUNTED =
  /\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|dozen|couple|few|several|many|once|twice)\b|[一二两三四五六七八九十百千万几]+(?:个|名|位|次|家|天|年|件|种|条|只|本|张|人|岁|元|块)/iu;

const CHANGED = new RegExp(
  String.raw`\b(?:now|recently|lately|latest|newest|currently|no longer|anymore|instead|updat(?:e|ed|ing)|reschedul\w+|postpon\w+|` +
    String.raw`chang(?:e|ed|ing)|mov(?:ed|ing)|switch(?:ed|ing)|adjust(?:ed|ing)|extend(?:ed|ing)|expand(?:ed|ing)|revis(?:ed|ing)|` +
    String.raw`replac(?:ed|ing)|increas(?:ed|ing)|decreas(?:ed|ing)|reduc(?:ed|ing)|improv(?:ed|ing)|grew|grown|growth|risen|reached|added|turns out|` +
    String.raw`just (?:found|learned|heard)|new (?:\w+ )?(?:date|deadline|time|target|goal|quota|total|plan|job|address|number))\b|` +
    String.raw`改[成为到在期]|[变換换]成|更新|现在|目前|最近|刚刚?[换改]|不再|推迟|提前|延[期后]|调整|涨到|降到|增加到|减少到|搬[到去]|已经`,
  'iu',
);

/** The traits of an utterance. Long texts are read at their ends alone: there they ask, and say when. */
export function traitsOf(text: string): number {
  const read = text.length > 2 * MOST_READ ? `${text.slice(0, MOST_READ)}\n${text.slice(-MOST_READ)}` : text;
  return (
    (ASKS.test(read) ? TRAIT.asks : 0) |
    (ENDS_ASKING.test(read) ? TRAIT.endsAsking : 0) |
    (DATED.test(read) ? TRAIT.dated : 0) |
    (COUNTED.test(read) ? TRAIT.counted : 0) |
    (CHANGED.test(read) ? TRAIT.changed : 0)
  );
}

const MOST_READ = 4000;

const WANTS_DATE =
  /\bwhen\b|\bwhat (?:date|day|month|year|time)\b|\bhow long\b|什么时候|什么时间|何时|哪(?:天|年|月|一天|一年)|几[月号年]|多久|哪个月/iu;
const WANTS_COUNT = /\bhow (?:many|much|often|long|old)\b|多少|几[个名位次家天件种条只本张人岁]|多大|多长/iu;

/** What holds now, not what was: "How many … are there?", "When is …?", "What is my …?". */
const WANTS_CURRENT =
  /\b(?:current(?:ly)?|latest|newest|now|most recent|these days)\b|^(?:what|when|where|who|which|how (?:many|much|often|long|old))\b[^?]*?\b(?:is|are|am|'s|do|does|have|has|should)\b|现在|目前|最新|如今|当前/iu;
const WANTS_PAST =
  /\b(?:did|was|were|had|used to|originally|at first|initially|before|ago|between)\b|当初|原来|以前|最初|曾经/iu;
const WANTS_ADVICE =
  /\b(?:you|your)\b.{0,40}\b(?:recommend|suggest|advi[cs]e|advised|explain|propose|provide|tell|told|mention|describe|show|list|said|say|give|gave|outline)|\b(?:did|have|had|would) you\b|你(?:之前|上次|刚才)?(?:推荐|建议|说|提到|解释|给)/iu;

/** The traits that a good answer to this question would have. */
export function traitsWanted(question: string): number {
  return (
    (WANTS_DATE.test(question) ? TRAIT.dated : 0) |
    (WANTS_COUNT.test(question) ? TRAIT.counted : 0) |
    (WANTS_CURRENT.test(question) && !WANTS_PAST.test(question) ? TRAIT.changed : 0) |
    (WANTS_ADVICE.test(question) ? TRAIT.advised : 0)
  );
}
