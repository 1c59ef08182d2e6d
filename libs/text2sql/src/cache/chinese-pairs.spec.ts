import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { questionForm } from './question-form';

interface Pair {
  readonly a: string;
  readonly b: string;
  readonly label: 0 | 1;
  /** The word that makes the difference. */
  readonly word?: string;
}

/** Written for the project; `npm run memori -- evaluate cache --input …` reads the same file. */
const PAIRS = readFileSync(join(__dirname, 'fixture', 'chinese-pairs.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Pair);
const NEVER_DROPPED = '不 没 非 未 或 和 以上 以下 超过 之前 之后 前 后 最 每'.split(' ');

const isServed = ({ a, b }: Pair) => questionForm(a) === questionForm(b);

describe('pairs of Chinese questions', () => {
  it('are at least 200, half of them different, in every word that turns a meaning', () => {
    const different = PAIRS.filter(({ label }) => label === 0);

    expect(PAIRS.length).toBeGreaterThanOrEqual(200);
    expect(different.length).toBeGreaterThanOrEqual(100);
    expect([...new Set(different.map(({ word }) => word))].sort()).toEqual([...NEVER_DROPPED].sort());
  });

  it('that ask for different things are never served from one another', () => {
    expect(PAIRS.filter((pair) => pair.label === 0 && isServed(pair))).toEqual([]);
  });

  it('that differ in courtesy, width, punctuation and numerals are', () => {
    const served = PAIRS.filter((pair) => pair.label === 1 && isServed(pair));

    // The others are paraphrases: to serve those would take a judgement of meaning.
    expect(served.length).toBeGreaterThanOrEqual(55);
  });

  it('are different when one is the other without a word that is never dropped', () => {
    const served = PAIRS.flatMap(({ a }) => NEVER_DROPPED.map((word) => [a, a.replace(word, '')] as const))
      .filter(([whole, without]) => whole !== without)
      .filter(([whole, without]) => questionForm(whole) === questionForm(without));

    expect(served).toEqual([]);
  });
});
