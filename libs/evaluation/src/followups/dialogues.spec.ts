import { InputError, readRecords } from '@memori/golds';
import { dialogues, OWN_DIALOGUES } from './dialogues';
import { missingFrom } from './missing-from';

describe('our own dialogues', () => {
  const all = dialogues(readRecords([OWN_DIALOGUES]));

  it('are at least sixty, thirty of them in Chinese, of three to five turns', () => {
    expect(all.length).toBeGreaterThanOrEqual(60);
    expect(all.filter(({ language }) => language === 'zh').length).toBeGreaterThanOrEqual(30);
    expect(all.filter(({ turns }) => turns.length < 3 || turns.length > 5)).toEqual([]);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  });

  it('say of every turn what its prompt must hold, and that does not stand in the question itself', () => {
    for (const { id, turns } of all)
      for (const { question, must } of turns) {
        expect([id, must.length > 0]).toEqual([id, true]);
        expect([id, missingFrom(question, must)]).toEqual([id, must]);
      }
  });

  it('are in the language that they say', () => {
    for (const { language, turns } of all)
      expect(turns.every(({ question }) => /\p{Script=Han}/u.test(question) === (language === 'zh'))).toBe(true);
  });
});

describe('dialogues', () => {
  const read = (fields: Record<string, unknown>) => dialogues([{ fields, place: 'd.jsonl:3' }]);
  const turn = { question: 'q', sql: 'SELECT 1', must: ['a', ['b', 'c']] };

  it('names a dialogue by its place when it has no id', () => {
    expect(read({ db_id: 'shop', turns: [turn] })).toEqual([
      { id: 'd.jsonl:3', dbId: 'shop', memories: [], earlier: [], turns: [turn] },
    ]);
  });

  it.each([
    [{}, '"turns" is empty'],
    [{ turns: 'q' }, '"turns" is to be a list'],
    [{ turns: [{ question: 'q' }] }, '"sql" is missing'],
    [{ turns: [{ ...turn, must: 'a' }] }, '"must" is to be a list'],
    [{ turns: [turn], memories: [{ content: 'c' }] }, '"category" is missing'],
  ])('refuses %j', (fields, message) => {
    expect(() => read(fields)).toThrow(InputError);
    expect(() => read(fields)).toThrow(`d.jsonl:3: ${message}`);
  });
});

describe('missingFrom', () => {
  it.each<[string, string, boolean]>([
    ['SQL: "SELECT \\"A b\\"\\nFROM t"', 'select "a b" from t', true],
    ['a \\u003c b', 'a < b', true],
    ['近90天', '近90天', true],
    ['status = "paid"', "status = 'paid'", false],
  ])('looks in %s for %s', (prompt, must, isThere) => {
    expect(missingFrom(prompt, [must])).toEqual(isThere ? [] : [must]);
  });

  it('is content with one of several', () => {
    expect(missingFrom('two', [['one', 'two'], ['three']])).toEqual([['three']]);
  });
});
