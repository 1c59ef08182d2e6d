import { InputError } from './input-records';
import { questionCases } from './question-cases';

const read = (fields: Record<string, unknown>) => questionCases([{ fields, place: 'q.jsonl:7' }])[0];

describe('questionCases', () => {
  it.each([
    ['Spider', { i: 4, db_id: 'shop', question: 'How many?', query_pg: 'SELECT 1' }, '4', ['SELECT 1']],
    ['BIRD', { db_id: 'shop', question: 'How many?', SQL: 'SELECT 1' }, 'q.jsonl:7', ['SELECT 1']],
    [
      'a list of golds',
      { id: 'x', database: 'shop', question: 'How many?', gold: ['SELECT 1', 'SELECT 2'] },
      'x',
      ['SELECT 1', 'SELECT 2'],
    ],
    [
      'defog',
      { db_name: 'shop', question: 'How many?', query: 'SELECT {a, b} FROM t; SELECT c' },
      'q.jsonl:7',
      ['SELECT a, b FROM t', 'SELECT a FROM t', 'SELECT b FROM t', 'SELECT c'],
    ],
  ])('reads a record as %s writes it', (_set, fields, id, golds) => {
    expect(read(fields)).toMatchObject({ id, dbId: 'shop', question: 'How many?', golds });
  });

  it('keeps how hard a question is, when the set says so', () => {
    expect(read({ db_id: 's', question: 'q', sql: 'SELECT 1', difficulty: 'hard' })?.difficulty).toBe('hard');
  });

  it.each([
    { query_pg: null },
    { query: 'null' },
    { gold: 'refusal' },
    { sql: 'SELECT 1', answerable: false },
    { query: 'nan', is_impossible: true },
    { sql: '', answerable: 'false' },
  ])('knows %j for a question that cannot be answered', (fields) => {
    expect(read({ db_id: 's', question: 'q', ...fields })).toMatchObject({ answerable: false, golds: [] });
  });

  it.each([
    [{ question: 'q', query: 'SELECT 1' }, '"db_id" is missing'],
    [{ db_id: 's', query: 'SELECT 1' }, '"question" is missing'],
    [{ db_id: 's', question: '  ', query: 'SELECT 1' }, '"question" is missing'],
    [{ db_id: 's', question: 'q' }, '"query_pg" is missing'],
    [{ db_id: 's', question: 'q', query: ' ; ' }, 'there is no gold query'],
  ])('refuses %j', (fields, message) => {
    expect(() => read(fields)).toThrow(InputError);
    expect(() => read(fields)).toThrow(`q.jsonl:7: ${message}`);
  });
});
