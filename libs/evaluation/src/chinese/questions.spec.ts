import { join } from 'node:path';
import { questionCases, readRecords, sqlTokens } from '@memori/golds';

const FEWEST = 120;
const FEWEST_SCHEMAS = 60;

/** The words of a query, texts and quoted names left out. */
const wordsOf = (sql: string) =>
  sqlTokens(sql)
    .filter(({ kind }) => kind !== 'space')
    .map(({ text }) => text.toUpperCase());

describe('our Chinese questions', () => {
  const all = questionCases(readRecords([join(__dirname, 'questions.jsonl')]));

  it('are at least 120, over at least 60 schemas, each asked once', () => {
    expect(all.length).toBeGreaterThanOrEqual(FEWEST);
    expect(new Set(all.map(({ dbId }) => dbId)).size).toBeGreaterThanOrEqual(FEWEST_SCHEMAS);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(new Set(all.map(({ question }) => question)).size).toBe(all.length);
  });

  it('are in Chinese, name their schema in lower case and have one gold and a difficulty', () => {
    const odd = all.filter(
      ({ question, dbId, golds, difficulty = '' }) =>
        !/\p{Script=Han}/u.test(question) ||
        dbId !== dbId.toLowerCase() ||
        golds.length !== 1 ||
        !['easy', 'medium', 'hard'].includes(difficulty),
    );
    expect(odd).toEqual([]);
  });

  it('join tables in at least half of their golds', () => {
    const joined = all.filter(({ golds: [gold = ''] }) => wordsOf(gold).includes('JOIN'));
    expect(joined.length * 2).toBeGreaterThanOrEqual(all.length);
  });

  it('read one to four tables by unqualified names', () => {
    const odd = all.filter(({ golds: [gold = ''] }) => {
      const words = wordsOf(gold);
      const tables = words.flatMap((word, at) => (word === 'FROM' || word === 'JOIN' ? [at + 1] : []));
      return tables.length < 1 || tables.length > 4 || tables.some((at) => words[at + 1] === '.');
    });
    expect(odd).toEqual([]);
  });
});
