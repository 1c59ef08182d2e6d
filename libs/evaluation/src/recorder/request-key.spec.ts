import { dataSourceOf, type MessagesBody, promptText, purposeOf, questionOf, readMessagesBody } from './messages-body';
import { requestKey } from './request-key';

interface Parts {
  readonly day?: string;
  readonly schema?: string;
  readonly question?: string;
  readonly model?: string;
}

function body({
  day = 'Wednesday, 2026-11-25, 18:00',
  schema = 'TABLE t',
  question = 'How many?',
  model = 'm',
}: Parts) {
  return {
    model,
    max_tokens: 4096,
    stream: true,
    system: [
      { type: 'text', text: 'Rules', cache_control: { type: 'ephemeral', ttl: '5m' } },
      { type: 'text', text: `<schema data-source="shop \\"one\\"" dialect="postgresql">\n${schema}\n</schema>` },
    ],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: `It is ${day} in UTC.\nWrite text in English.\n` },
          { type: 'text', text: question },
        ],
      },
    ],
    output_config: { format: { type: 'json_schema', schema: { title: 'memori-answer-1', type: 'object' } } },
  };
}

const keyOf = (parts: Parts = {}) => requestKey(readMessagesBody(JSON.stringify(body(parts))) as MessagesBody);

describe('requestKey', () => {
  it('is what it was, so that recordings of earlier versions can be replayed', () => {
    expect(keyOf()).toBe('82a76259adc34f966564b07ef9cef6b4');
  });

  it('does not depend on the day, on breakpoints, on the form of the reply or on the order of fields', () => {
    const whole = body({ day: 'Monday, 2031-01-06, 03:07' });
    const { cache_control: _, ...rules } = whole.system[0] as { cache_control: unknown; type: string; text: string };
    const { type, schema } = whole.output_config.format;
    const other = {
      ...whole,
      output_config: { format: { schema: { type: schema.type, title: schema.title }, type } },
      stream: false,
      system: [rules, whole.system[1]],
    };

    expect(requestKey(other as unknown as MessagesBody)).toBe(keyOf());
  });

  it.each<Parts>([{ question: 'How many?\n' }, { schema: 'TABLE u' }, { model: 'n' }])('changes with %j', (parts) => {
    expect(keyOf(parts)).not.toBe(keyOf());
  });

  it('takes the question as it is, even where it looks like a date of ours', () => {
    const question = (day: string) => `It is ${day}, 10:00 in UTC.`;

    expect(keyOf({ question: question('Monday, 2026-01-05') })).not.toBe(
      keyOf({ question: question('Tuesday, 2026-01-06') }),
    );
  });
});

describe('a request of the Messages API', () => {
  const read = readMessagesBody(JSON.stringify(body({}))) as MessagesBody;

  it('tells the question, the data source and the purpose', () => {
    expect(questionOf(read)).toBe('How many?');
    expect(dataSourceOf(read)).toBe('shop "one"');
    expect(purposeOf(read)).toBe('memori-answer-1');
    expect(promptText(read)).toMatch(/^Rules\n<schema[\s\S]*How many\?$/);
  });

  it.each(['', '{}', 'null', '[1]', '{"system": "text", "messages": []}'])('is not %j', (text) => {
    expect(readMessagesBody(text)).toBeUndefined();
  });
});
