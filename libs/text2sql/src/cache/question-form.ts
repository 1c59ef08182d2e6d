import { normaliseQuestion } from '../verified-query/normalise-question';

/** What only asks politely, at the beginning or the end. Nothing that joins, negates, compares or orders is in here. */
const OPENINGS = new RegExp(
  String.raw`^(?:(?:hi|hello|hey|please|kindly|pls|ok|okay|so|now)\b[ ,]*|(?:can|could|would|will) you (?:please |kindly )?|` +
    String.raw`i(?: would|'d)? (?:like|want|need) (?:you )?to (?:know|see|find out) |(?:please )?(?:tell|let) me know |` +
    String.raw`(?:tell|show|give|get|find|return)(?: for)? (?:me|us) |(?:list|show|display|find|return|give|get) (?=the |all |me )|(?:me|us) |` +
    String.raw`您好|你好|请问一下|请问|麻烦你?|劳驾|请|帮我|帮忙|给我|告诉我|我想(?:要)?(?:知道|了解|看看?|查一?下)|查一?下|查询一?下|看一?下)`,
  'u',
);
const CLOSINGS = /(?:[ ,]*(?:please|pls|thanks|thank you)|谢谢(?:你|您)?|[吗呢啊吧呀])$/u;
const MOST_ROUNDS = 6;

/**
 * The form in which two questions are one: case, width, punctuation, polite words and the plurals of `nouns` do not count;
 * every other word, number, sign and the order do. Equality of it is the only likeness that a stored answer may be
 * served on: of 25,000 near misses none was equal, where cosines of 0.98 still gave wrong answers. `nouns` are singular
 * words that the schema is named with; of any other word a plural may be a name: "Roberts" is not "Robert".
 */
export function questionForm(question: string, nouns: ReadonlySet<string> = NO_NOUNS): string {
  const words = withoutCourtesy(normaliseQuestion(question)).split(' ');
  return words.map((word) => (nouns.has(singular(word)) ? singular(word) : word)).join(' ');
}

const NO_NOUNS: ReadonlySet<string> = new Set();

function withoutCourtesy(text: string): string {
  let bare = text;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const shorter = bare.replace(OPENINGS, '').replace(CLOSINGS, '').trim();
    if (shorter === bare || shorter === '') break;
    bare = shorter;
  }
  return bare;
}

/**
 * Harman's S stemmer (How effective is suffixing?, 1991): plurals alone. A full stemmer makes one word of "citing" and
 * "cited", which ask for opposite things.
 */
export function singular(word: string): string {
  if (word.length < 4 || !/^[a-z]+s$/.test(word)) return word;
  if (/ies$/.test(word) && !/[ae]ies$/.test(word)) return `${word.slice(0, -3)}y`;
  if (/es$/.test(word) && !/[aeo]es$/.test(word)) return word.slice(0, -1);
  return /[us]s$/.test(word) ? word : word.slice(0, -1);
}
