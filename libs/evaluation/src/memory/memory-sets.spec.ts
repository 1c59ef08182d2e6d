import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { InputError } from '@memori/golds';
import { memoryConversations } from './memory-sets';

const locomo = [
  {
    sample_id: 'conv-1',
    conversation: {
      speaker_a: 'Ada',
      session_1_date_time: '1:56 pm on 8 May, 2023',
      session_1: [
        { speaker: 'Ada', dia_id: 'D1:1', text: 'I moved to Basel.' },
        { speaker: 'Bo', dia_id: 'D1:2', text: 'When?' },
      ],
    },
    qa: [
      { question: 'Where does Ada live?', evidence: ['D1:1; D1:02', 'D9:9'], category: 4 },
      { question: 'Who is Cy?', evidence: [], category: 3 },
    ],
    observation: { session_1_observation: { Ada: [['Ada moved to Basel.', 'D1:1']] } },
  },
];
const chat = [
  {
    batch_number: 1,
    turns: [
      [
        { role: 'user', id: 0, time_anchor: 'March-15-2024', content: 'The call is at 9. ->-> 1,1' },
        { role: 'assistant', id: 1, content: 'Noted.' },
      ],
      [{ role: 'user', id: 2, content: 'The call is at 10 now.' }],
    ],
  },
];
const probing = {
  knowledge_update: [
    { question: 'When is the call?', source_chat_ids: { original_info: [0], updated_info: [2] } },
    { question: 'Unknown?' },
  ],
};
const lines = [
  { session: 'a', id: '1', name: '林', at: '2025-03-01T08:00:00Z', text: '我搬到杭州了' },
  { question: '林住在哪里？', category: 'plain', evidence: ['1'] },
];

describe('memoryConversations', () => {
  const folder = mkdtempSync(join(tmpdir(), 'memory-sets-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, content: unknown) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    writeFileSync(join(folder, name), name.endsWith('.gz') ? gzipSync(text) : text);
    return join(folder, name);
  };

  it("reads LoCoMo's form: sessions, speakers, dates, evidence as written by hand, observations", () => {
    const [conversation] = memoryConversations([file('locomo.json.gz', locomo)]);

    expect(conversation).toMatchObject({ id: 'conv-1', form: 'locomo' });
    expect(conversation?.sessions[0]?.[0]).toEqual({
      id: 'D1:1',
      role: 'user',
      name: 'Ada',
      content: 'I moved to Basel.',
      occurredAt: '2023-05-08T13:56:00.000Z',
    });
    expect(conversation?.questions.map(({ category, evidence }) => [category, evidence])).toEqual([
      ['singleHop', ['D1:1', 'D1:2']],
      ['open', []],
    ]);
    expect(conversation?.observations).toEqual([{ content: 'Ada moved to Basel.', turnIds: ['D1:1'] }]);
  });

  it("reads BEAM's chat with the questions that stand beside it: days, roles, marks left out, updates", () => {
    file('1.probing_questions.json', probing);
    const [conversation] = memoryConversations([file('1.chat.json', chat)]);

    expect(
      conversation?.sessions[0]?.map(({ id, role, content, occurredAt }) => [id, role, content, occurredAt]),
    ).toEqual([
      ['0', 'user', 'The call is at 9.', '2024-03-15T00:00:00.000Z'],
      ['1', 'assistant', 'Noted.', '2024-03-15T00:00:00.000Z'],
      ['2', 'user', 'The call is at 10 now.', '2024-03-15T00:00:00.000Z'],
    ]);
    expect(conversation?.questions[0]).toMatchObject({
      category: 'knowledgeUpdate',
      evidence: ['0', '2'],
      update: { older: ['0'], newer: ['2'] },
    });
  });

  it('reads our own lines of turns and questions', () => {
    const text = lines.map((line) => JSON.stringify(line)).join('\n');
    const [conversation] = memoryConversations([file('lines.ndjson.gz', text)]);

    expect(conversation?.sessions).toEqual([
      [{ id: '1', role: 'user', name: '林', content: '我搬到杭州了', occurredAt: '2025-03-01T08:00:00Z' }],
    ]);
    expect(conversation?.questions[0]).toMatchObject({ category: 'plain', evidence: ['1'] });
  });

  it.each([
    ['another form', { what: 1 }],
    ['evidence that nobody said', '{"session":"a","id":"1","text":"x"}\n{"question":"y?","evidence":["2"]}'],
    ['a turn without text', '{"session":"a","id":"1"}'],
    ['no JSON', 'x'],
  ])('refuses %s', (_, content) => {
    expect(() => memoryConversations([file('bad.json', content)])).toThrow(InputError);
  });

  it('refuses a chat without its questions, and a file that is not there', () => {
    expect(() => memoryConversations([file('7.chat.json', chat)])).toThrow(InputError);
    expect(() => memoryConversations([join(folder, 'absent.json')])).toThrow(InputError);
  });
});
