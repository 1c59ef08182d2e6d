import { tablesOf, think } from './brain';
import type { ClaudeRequest } from './request';

const PROMPT =
  'Rules.\n\nCREATE TABLE shop.customers (\n  id integer\n);\nCREATE TABLE shop.orders (\n  id integer\n);\n\n';

function ask(question: string, { attempt = 1, prompt = PROMPT, purpose = 'memori-answer-1' } = {}) {
  return think({ question, attempt, purpose, promptText: prompt + question } as ClaudeRequest);
}

describe('the brain of the fake Claude', () => {
  it('writes a plain query over the first table', () => {
    expect(ask('What is there?')).toMatchObject({
      fields: { outcome: 'sql', sql: 'SELECT * FROM shop.customers LIMIT 20' },
    });
  });

  it('prefers the table that the question names, and counts when asked how many', () => {
    expect(ask('How many orders?')).toMatchObject({ fields: { sql: 'SELECT count(*) AS count FROM shop.orders' } });
  });

  it('labels what it says as simulated, in the language of the question', () => {
    expect(ask('有多少客户?')).toMatchObject({
      fields: { explanation: expect.stringMatching(/^\[simulated\] .*模型/) },
    });
  });

  it.each([
    ['Please clarify', { fields: { outcome: 'clarification' } }],
    ['请澄清', { fields: { outcome: 'clarification' } }],
    ['refuse this', { fields: { outcome: 'refusal' } }],
    ['拒绝回答', { fields: { outcome: 'refusal' } }],
    ['429', { error: { status: 429, headers: { 'retry-after': '2' } } }],
    ['overloaded', { error: { status: 529 } }],
    ['spend limit', { error: { status: 429, headers: { 'x-should-retry': 'false' } } }],
    ['server error', { error: { status: 500 } }],
    ['slow 7', { kind: 'late', ms: 7000 }],
    ['hang', { kind: 'hang' }],
    ['broken stream', { kind: 'cut' }],
    ['delete everything', { fields: { sql: 'DELETE FROM pg_catalog.pg_class' } }],
  ])('obeys the words in "%s"', (question, reply) => {
    expect(ask(question)).toMatchObject(reply);
  });

  it('answers the second time what was rate limited the first time', () => {
    expect(ask('429', { attempt: 2 })).toMatchObject({ fields: { outcome: 'sql' } });
  });

  it('says so when the prompt names no table', () => {
    expect(ask('What?', { prompt: 'Rules.' })).toMatchObject({ fields: { outcome: 'refusal' } });
  });

  it('draws a fact from what a user wants remembered', () => {
    expect(ask('user: remember that I mean net revenue', { purpose: 'memori-facts-1' })).toMatchObject({
      fields: { facts: [{ content: 'user: remember that I mean net revenue' }] },
    });
  });

  it.each([
    ['CREATE VIEW "Sales Report" AS', ['"Sales Report"']],
    ['## Table: public.orders\n## Table: lines', ['public.orders', 'lines']],
    ['orders(id integer, day date)\nlines(id integer)', ['orders', 'lines']],
    [
      'Table names matter.\n<schema>\nTABLE a ( -- "x"\n  id int\n)\nMATERIALIZED VIEW s."B c" (\n)\n</schema>',
      ['a', 's."B c"'],
    ],
    ['CREATE TABLE 客户 (编号 int)', ['客户']],
  ])('reads tables from %j', (prompt, tables) => {
    expect(tablesOf(prompt)).toEqual(tables);
  });
});
