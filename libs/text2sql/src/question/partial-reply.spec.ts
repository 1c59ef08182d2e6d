import { partialTexts } from './partial-reply';

const REPLY = JSON.stringify({
  outcome: 'sql',
  sql: 'SELECT "explanation" FROM t',
  explanation: 'Counts "all" 客户 😀\nof them.',
  assumptions: ['a ] "b"', '"explanation": "no"'],
  clarificationQuestion: null,
  clarificationOptions: null,
  refusalReason: null,
});

it('shows of every beginning a beginning of the explanation, and never of the SQL', () => {
  let before = '';
  for (let end = 0; end <= REPLY.length; end++) {
    const texts = partialTexts(REPLY.slice(0, end));
    expect(texts.map(({ path }) => path)).toEqual(texts.length > 0 ? ['/explanation'] : []);
    const text = texts[0]?.text ?? '';
    expect(text.startsWith(before)).toBe(true);
    before = text;
  }
  expect(before).toBe('Counts "all" 客户 😀\nof them.');
});

it('holds back half of an escape', () => {
  expect(partialTexts('{"explanation": "a\\')).toEqual([{ path: '/explanation', text: 'a' }]);
  expect(partialTexts('{"explanation": "a\\u00e')).toEqual([{ path: '/explanation', text: 'a' }]);
  expect(partialTexts('{"explanation": "a\\ud83d')).toEqual([{ path: '/explanation', text: 'a' }]);
  expect(partialTexts('{"explanation": "a\\ud83d\\ude00b')).toEqual([{ path: '/explanation', text: 'a😀b' }]);
  expect(partialTexts('{"explanation": "a\\u0000b"')).toEqual([{ path: '/explanation', text: 'ab' }]);
});

it('shows the question back and the reason of a refusal', () => {
  expect(partialTexts('{"outcome":"refusal","sql":null,"assumptions":[],"refusalReason":"No su')).toEqual([
    { path: '/refusal/reason', text: 'No su' },
  ]);
  expect(partialTexts('{"clarificationQuestion":"Which?","sql":"x"')).toEqual([
    { path: '/clarification/question', text: 'Which?' },
  ]);
});

it('shows nothing of what is no reply', () => {
  for (const text of [
    '',
    'Sorry',
    '{',
    '{"explanation"',
    '["explanation","a"]',
    '{{"explanation":',
    '{"a":{"explanation":"x"',
  ])
    expect(partialTexts(text).filter((each) => each.text !== '')).toEqual([]);
});
