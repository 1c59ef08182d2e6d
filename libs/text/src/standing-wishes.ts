/** Something a user wants to hold from now on, in his own words. */
export interface StandingWish {
  readonly category: 'rule' | 'preference';
  /** The sentence that says it. */
  readonly content: string;
  /** 1 it may be meant for this once, 2 it is a taste, 3 it is said to hold always. */
  readonly strength: 1 | 2 | 3;
}

const CODE = /```[\s\S]*?(?:```|$)|`[^`\n]*`/g;
const SENTENCE = /[^.!?。！？；\n]+(?:[.!?](?!\s|$)[^.!?。！？；\n]*)*[.!?。！？；]*/g;
const LONGEST = 400;
/** Beyond it stands what was pasted. */
const MOST_READ = 20_000;

// Said of the speaker's own past or habits, or of a third thing, these words order nothing.
const ABOUT_ELSE =
  /\b(?:i|we|he|she|they|it|you|which|that|who|has|have|had|['’]ve|['’]s|is|are|was|were|will|would|can|could|should|should|may|might|almost|nearly|not)\s+(?:(?:have|has|had|been|just|also)\s+)*(?:always|never)\b|['’]ve\s+(?:always|never)\b/i;
const ALWAYS =
  /\b(?:always|never|at all times|from now on|going forward|in (?:the )?future|every time|each time|whenever|without exception|by default|in all (?:your|future)|for all (?:your|future)|any ?time (?:i|you|we))\b/i;
const ORDER =
  /(?:^|[,;:–—-]\s*|\b(?:please|and|but|so|to|you(?: should| must)?|then|just)\s+)(?:always|never|only|do not|don['’]t|use|include|format|show|give|provide|answer|reply|respond|write|keep|explain|cite|mention|add|list|state|specify|start|end|avoid|call|address|make sure|ensure|remember|stick|be|present|highlight|confirm|ask|tell|remind|put|describe|compare|break|focus|refer|limit|summari[sz]e|convert|round)\b/i;
const WHEN_ASKED =
  /\b(?:when(?:ever)?|if|any ?time|every time|each time|once) (?:i|we) (?:ask|request|want|need|say|mention|talk|inquire|discuss|query)\b/i;
const WANTS_OF_YOU =
  /\bi(?:['’]d| would)? (?:like|want|need|expect|prefer|ask) (?:you|your|all|the (?:answers?|responses?|repl\w+|explanations?))\b/i;
const PREFERS =
  /\b(?:i|we)(?:['’]d| would| do)?\s+(?:(?:really|strongly|generally|usually|typically|always|often|much|definitely|personally|also|still|just|kinda|mostly|tend to)\s+)*(?:prefer|favou?r|rather|dislike|hate|enjoy|love|appreciate|value|lean toward)\b|\bmy preference\b|\bi(?:['’]m| am) (?:more comfortable|a fan|not a fan|keen on|partial to|trying to avoid)\b|\bworks? (?:best|better) for me\b|\bi(?:['’]d| would)? (?:like|want) to (?:avoid|stick|keep)\b|\b(?:preferring|prefer(?:red)?|rather than|instead of)\b.{0,80}\b(?:i|me|my)\b/i;
const LIKES =
  /\b(?:i|we)\s+(?:really\s+|do(?:n['’]t| not)\s+)?(?:like|want to avoid|try to avoid|avoid|opt for|tend to)\b|\bprefer\b/i;

const CHINESE_RULE =
  /(?:请|你|以后|今后|每次|凡是|只要|回答时|回复时)[^。！？\n]{0,12}(?:总是|一律|始终|务必|必须|永远|都要|都用|不要|别再|只用|记得)|(?:从现在起|从今以后|以后|今后|往后)[^。！？\n]{0,20}(?:都|请|不要|别|要|用|按)|每次[^。！？\n]{0,20}(?:都|请|先|要)|(?:请|要)?记住|默认(?:用|按|以|使用)|(?:永远|千万|一定)(?:不要|别|要)|不要再|别再/;
const CHINESE_PREFERENCE =
  /(?:我|我们|咱们)[^，。！？\n]{0,6}(?:更?喜欢|不喜欢|偏好|偏爱|偏向|倾向于?|讨厌|反感|习惯(?:用|看|按|了)?|宁愿|宁可|希望你|想要你|不想看|不爱|受不了|更愿意|更习惯)|对我来说[^。！？\n]{0,12}(?:最好|更好|方便)/;
const PAST_CHINESE = /(?:小时候|以前|曾经|当时|那时)[^。！？\n]{0,10}(?:喜欢|讨厌|习惯)/;

/**
 * The standing instructions and preferences in what a user said, by their form alone: orders that hold always or whenever
 * something is asked, and tastes. English and Chinese; code is not read. Pure; in the order of the text.
 */
export function standingWishes(text: string): StandingWish[] {
  const prose = text.slice(0, MOST_READ).replace(CODE, ' ');
  return [...prose.matchAll(SENTENCE)].flatMap(([sentence]) => {
    const content = sentence.replace(/\s+/g, ' ').trim();
    const found = content.length < 4 ? undefined : kindOf(content);
    return found ? [{ ...found, content: shortened(content) }] : [];
  });
}

function kindOf(sentence: string): Pick<StandingWish, 'category' | 'strength'> | undefined {
  const ordered = ORDER.test(sentence);
  const always = ALWAYS.test(sentence) && !ABOUT_ELSE.test(sentence);
  if (CHINESE_RULE.test(sentence)) return { category: 'rule', strength: 3 };
  if (WHEN_ASKED.test(sentence) && (ordered || always)) return { category: 'rule', strength: 3 };
  if (always && ordered && !/\?$/.test(sentence)) return { category: 'rule', strength: 3 };
  if (PREFERS.test(sentence)) return { category: 'preference', strength: 2 };
  if (CHINESE_PREFERENCE.test(sentence) && !PAST_CHINESE.test(sentence)) return { category: 'preference', strength: 2 };
  if (WANTS_OF_YOU.test(sentence) || (always && !/\?$/.test(sentence))) return { category: 'rule', strength: 1 };
  return LIKES.test(sentence) ? { category: 'preference', strength: 1 } : undefined;
}

/** A sentence without a full stop may go on for a page. */
function shortened(sentence: string): string {
  return sentence.length <= LONGEST ? sentence : `${sentence.slice(0, LONGEST)}…`;
}
