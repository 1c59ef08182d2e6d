import { DomainError } from '@memori/errors';
import { ANSWER_FORMAT, readModelReply } from './model-reply';

const REPLY = {
  outcome: 'sql',
  sql: 'SELECT 1',
  explanation: null,
  assumptions: null,
  clarificationQuestion: null,
  clarificationOptions: null,
  refusalReason: null,
};

it('reads a reply that has exactly the fields of the format', () => {
  expect(Object.keys(REPLY)).toEqual([...ANSWER_FORMAT.required]);
  expect(readModelReply(REPLY)).toEqual(REPLY);
});

it.each<[string, unknown]>([
  ['no object', 'SELECT 1'],
  ['a list', [REPLY]],
  ['null', null],
  ['a field too many', { ...REPLY, confidence: 1 }],
  ['a field that every object has', { ...REPLY, toString: 'x' }],
  ['a field too few', { outcome: 'sql', sql: 'SELECT 1' }],
  ['another outcome', { ...REPLY, outcome: 'maybe' }],
  ['a number for text', { ...REPLY, sql: 1 }],
  ['a text for a list', { ...REPLY, assumptions: 'none' }],
  ['numbers in a list', { ...REPLY, assumptions: [1] }],
  ['no SQL', { ...REPLY, sql: null }],
  ['SQL of blanks', { ...REPLY, sql: ' \n' }],
  ['a clarification without a question', { ...REPLY, outcome: 'clarification' }],
  ['a refusal without a reason', { ...REPLY, outcome: 'refusal', refusalReason: '' }],
])('takes %s for no reply', (_, json) => {
  const read = () => readModelReply(json);

  expect(read).toThrow(DomainError);
  expect(read).toThrow(/structure/);
});

it('drops what PostgreSQL cannot keep, and empty entries of lists', () => {
  const reply = readModelReply({ ...REPLY, sql: 'SELECT\0 1', explanation: 'a\ud800b', assumptions: ['x', ' '] });

  expect(reply).toMatchObject({ sql: 'SELECT 1', explanation: 'a\ufffdb', assumptions: ['x'] });
});

it('cuts long texts, but never SQL', () => {
  const long = 'x'.repeat(50_000);
  const reply = readModelReply({ ...REPLY, sql: long, explanation: long });

  expect(reply.sql).toHaveLength(50_000);
  expect(reply.explanation).toHaveLength(20_000);
});
