import { isChineseFunctionWord } from './chinese-function-words';
import { indexTokens } from './index-tokens';

const HAN = /^\p{Script=Han}+$/u;
const HAN_RUN = /\p{Script=Han}+/gu;
// One segmenter serves all: ICU picks its dictionary by script, not by locale.
const segmenter = new Intl.Segmenter('zh', { granularity: 'word' });

/**
 * The tokens by which a name and a question about it meet, repeats included: those of `indexTokens`, but Chinese as single
 * characters, pairs and longer words between its function words. People name a thing by other words than its alias,
 * and what both share is often one character (教书的人: 教师); the function words would meet in every sentence.
 */
export function nameTokens(text: string): string[] {
  const others = indexTokens(text).filter((token) => !HAN.test(token));
  const runs = text.normalize('NFKC').match(HAN_RUN) ?? [];
  return [...others, ...runs.flatMap(contentRuns).flatMap(tokensOfRun)];
}

/** Whether a token is one Chinese character: it meets more than it should, and says less than a pair. */
export function isHanCharacter(token: string): boolean {
  return [...token].length === 1 && HAN.test(token);
}

/** What stands between function words and numerals. */
function contentRuns(run: string): string[][] {
  const runs: string[][] = [[]];
  for (const word of wordsIn(run)) {
    if (isChineseFunctionWord(word)) runs.push([]);
    else runs.at(-1)?.push(word);
  }
  return runs;
}

function tokensOfRun(words: readonly string[]): string[] {
  const characters = [...words.join('')];
  const pairs = characters.slice(1).map((character, at) => `${characters[at]}${character}`);
  return [...characters, ...pairs, ...words.filter((word) => [...word].length > 2)];
}

function wordsIn(run: string): string[] {
  return [...segmenter.segment(run)].map(({ segment }) => segment);
}
