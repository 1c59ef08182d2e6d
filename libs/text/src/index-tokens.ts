import { foldLetters } from './fold-letters';
import { splitIdentifier } from './identifiers';
import { stemWord } from './stemming';
import { isStopWord } from './stop-words';

// Scripts that write words without blanks between them.
const UNSPACED = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー々〆`;
const SEGMENTED = String.raw`\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}`;
const HANGUL = String.raw`\p{Script=Hangul}`;

/** Runs of one kind, in this order: CJK, Korean, South-East Asian, numbers, words and identifiers, emoji. */
const RUNS = new RegExp(
  [
    `(?<cjk>[${UNSPACED}]+)`,
    `(?<hangul>[${HANGUL}]+)`,
    `(?<segmented>[${SEGMENTED}\\p{M}]*[${SEGMENTED}][${SEGMENTED}\\p{M}]*)`,
    String.raw`(?<number>\p{Nd}+(?:[.,]\p{Nd}+)*(?![\p{L}\p{N}_]))`,
    `(?<word>(?:(?![${UNSPACED}${HANGUL}${SEGMENTED}])[\\p{L}\\p{N}\\p{M}_])+)`,
    String.raw`(?<emoji>\p{Regional_Indicator}{2}|(?![©®™])\p{Extended_Pictographic})`,
  ].join('|'),
  'gu',
);

// One segmenter serves all: ICU picks its dictionary by script, not by locale.
const segmenter = new Intl.Segmenter('zh', { granularity: 'word' });

/**
 * The tokens under which a text is found again, repeats included, in order: NFKC, lower case, accents folded, English
 * and Russian stems, names like `order_items` whole and in parts, numbers, emoji; Chinese, Japanese and Korean as
 * words and as pairs of characters. Stop words are left out unless the text consists of nothing else.
 */
export function indexTokens(text: string): string[] {
  const tokens: string[] = [];
  const stopped: string[] = [];
  for (const { groups = {} } of text.normalize('NFKC').matchAll(RUNS)) {
    for (const token of tokensOfRun(groups)) (isStopWord(token) ? stopped : tokens).push(token);
  }
  return tokens.length > 0 ? tokens : stopped;
}

function tokensOfRun(run: Record<string, string | undefined>): string[] {
  if (run.word !== undefined) return wordTokens(run.word);
  if (run.number !== undefined) return [plainNumber(run.number)];
  if (run.cjk !== undefined) return [...longWords(run.cjk), ...pairsOf(run.cjk)];
  if (run.hangul !== undefined) return [...(run.hangul.length > 2 ? [run.hangul] : []), ...pairsOf(run.hangul)];
  if (run.segmented !== undefined) return wordsIn(run.segmented);
  return [run.emoji ?? ''];
}

function wordTokens(word: string): string[] {
  const whole = foldLetters(word.replace(/^_+|_+$/g, ''));
  if (whole === '') return [];
  const parts = splitIdentifier(word.normalize('NFC'))
    .map((part) => foldLetters(part))
    .filter((part) => part !== '');
  if (parts.length < 2) return stemmed(whole);
  return [whole, ...parts.flatMap(stemmed)];
}

/** A stop word keeps its form, so that it is still known as one. */
function stemmed(word: string): string[] {
  if (/^\p{Nd}+$/u.test(word)) return [plainNumber(word)];
  return [isStopWord(word) ? word : stemWord(word)];
}

/** "1,234.50" → "1234.50", "007" → "7". */
function plainNumber(number: string): string {
  const plain = /^\p{Nd}{1,3}(,\p{Nd}{3})+(?!\p{Nd})/u.test(number) ? number.replaceAll(',', '') : number;
  return plain.replace(/^0+(?=\p{Nd})/u, '');
}

/** Words of one character, which no pair holds alone, and of three and more; those of two are pairs already. */
function longWords(run: string): string[] {
  return wordsIn(run).filter((word) => characters(word).length !== 2);
}

function wordsIn(run: string): string[] {
  return [...segmenter.segment(run)].filter(({ segment }) => segment.trim() !== '').map(({ segment }) => segment);
}

function pairsOf(run: string): string[] {
  const letters = characters(run);
  return letters.slice(1).map((letter, index) => `${letters[index]}${letter}`);
}

function characters(text: string): string[] {
  return [...text];
}
