import { literalTemplate } from './literal-template';

it('takes out what stands in both, in the order of the question', () => {
  const sql = `SELECT name FROM head WHERE age > 56 AND born = "Paris" LIMIT 3`;

  expect(literalTemplate('Name 3 heads born in paris, older than 56', sql)).toEqual({
    question: 'Name {v1} heads born in {v2}, older than {v3}',
    sql: 'SELECT name FROM head WHERE age > $3 AND born = $2 LIMIT $1',
    blanks: [
      { name: 'v1', type: 'integer', value: '3' },
      { name: 'v2', type: 'text', value: 'Paris' },
      { name: 'v3', type: 'integer', value: '56' },
    ],
  });
});

it('leaves what the question does not name, and digits of names, where they are', () => {
  const sql = `SELECT T1.name FROM a AS T1 WHERE x = 'yes' AND n = 5 LIMIT 1`;

  expect(literalTemplate('Who has 5?', sql)).toMatchObject({
    sql: `SELECT T1.name FROM a AS T1 WHERE x = 'yes' AND n = $1 LIMIT 1`,
  });
});

it.each([
  ['Who is from 5 to 5?', 'SELECT 5', 'more than once'],
  ['New York and York', `SELECT 'New York', 'York and'`, 'inside another'],
  ['Everybody', 'SELECT 5', 'no value'],
])('does not cut %s', (question, sql, reason) => {
  expect(literalTemplate(question, sql)).toContain(reason);
});
