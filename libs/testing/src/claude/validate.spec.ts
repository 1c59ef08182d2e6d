import type { ClaudeError } from './errors';
import { validateMessageRequest } from './validate';

const NOW = new Date('2026-11-01T00:00:00Z');
const OBJECT = { type: 'object', additionalProperties: false, properties: { a: { type: 'string' } }, required: ['a'] };

function aBody(more: Record<string, unknown> = {}) {
  return { model: 'claude-sonnet-5-5', max_tokens: 1000, messages: [{ role: 'user', content: 'How many?' }], ...more };
}

function withSchema(schema: unknown) {
  return aBody({ output_config: { format: { type: 'json_schema', schema } } });
}

function withText(block: Record<string, unknown>) {
  return aBody({ messages: [{ role: 'user', content: [{ type: 'text', text: 'x', ...block }] }] });
}

function refusal(body: unknown, now = NOW): ClaudeError | undefined {
  try {
    validateMessageRequest(body, now);
    return undefined;
  } catch (error) {
    return error as ClaudeError;
  }
}

const cached = (ttl?: string) => ({
  type: 'text',
  text: 'x',
  cache_control: { type: 'ephemeral', ...(ttl && { ttl }) },
});

describe('what the fake Claude accepts', () => {
  it.each<[string, unknown]>([
    ['a plain question', aBody()],
    [
      'consecutive messages of one role',
      aBody({
        messages: [
          { role: 'user', content: 'a' },
          { role: 'user', content: 'b' },
        ],
      }),
    ],
    [
      'four breakpoints, the longer lifetimes first',
      aBody({ system: [cached('1h'), cached('1h'), cached(), cached('5m')] }),
    ],
    ['a structured output', withSchema(OBJECT)],
    [
      'a prefill on an older model',
      aBody({
        model: 'claude-haiku-4-5',
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: '{' },
        ],
      }),
    ],
    ['a temperature on an older model', aBody({ model: 'claude-haiku-4-5', temperature: 0 })],
    ['adaptive thinking and an effort', aBody({ thinking: { type: 'adaptive' }, output_config: { effort: 'low' } })],
    [
      'a local reference that is not circular',
      withSchema({ ...OBJECT, properties: { a: { $ref: '#/$defs/name' } }, $defs: { name: { type: 'string' } } }),
    ],
  ])('%s', (_name, body) => {
    expect(refusal(body)).toBeUndefined();
  });
});

describe('what the fake Claude refuses as the real API does', () => {
  it.each<[string, unknown, string]>([
    ['an unknown field', aBody({ max_output_tokens: 5 }), 'max_output_tokens: Extra inputs are not permitted'],
    ['a missing max_tokens', { ...aBody(), max_tokens: undefined }, 'max_tokens: Field required'],
    ['a max_tokens beyond the model', aBody({ max_tokens: 128_001 }), 'max_tokens: 128001 > 128000'],
    ['no message', aBody({ messages: [] }), 'messages: at least one message is required'],
    [
      'an assistant who speaks first',
      aBody({ messages: [{ role: 'assistant', content: 'a' }] }),
      'first message must use the "user" role',
    ],
    [
      'an unknown role',
      aBody({ messages: [{ role: 'tool', content: 'a' }] }),
      "messages.0.role: Input should be 'user' or 'assistant'",
    ],
    [
      'an unknown field of a message',
      aBody({ messages: [{ role: 'user', content: 'a', id: 1 }] }),
      'messages.0.id: Extra inputs are not permitted',
    ],
    [
      'an unknown field of a block',
      withText({ name: 'x' }),
      'messages.0.content.0.name: Extra inputs are not permitted',
    ],
    ['an empty content', aBody({ messages: [{ role: 'user', content: '' }] }), 'must have non-empty content'],
    ['an empty text block', withText({ text: '' }), 'text content blocks must be non-empty'],
    ['a blank text block', withText({ text: ' \n' }), 'must contain non-whitespace text'],
    [
      'a breakpoint on an empty text',
      withText({ text: '', cache_control: { type: 'ephemeral' } }),
      'cache_control cannot be set for empty text blocks',
    ],
    [
      'five breakpoints',
      aBody({ system: Array(5).fill(cached()) }),
      'A maximum of 4 blocks with cache_control may be provided. Found 5.',
    ],
    [
      '1h after 5m',
      aBody({ system: [cached('5m'), cached('1h')] }),
      "a ttl='1h' cache_control block must not come after",
    ],
    ['an unknown lifetime', aBody({ system: [cached('2h')] }), "cache_control.ttl: Input should be '5m' or '1h'"],
    [
      'a prefill on a new model',
      aBody({
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: '{' },
        ],
      }),
      'does not support assistant message prefill',
    ],
    ['temperature', aBody({ temperature: 0 }), '`temperature` is deprecated for this model.'],
    ['top_p', aBody({ top_p: 0.5 }), '`top_p` is deprecated for this model.'],
    ['top_k', aBody({ top_k: 5 }), '`top_k` is deprecated for this model.'],
    [
      'a thinking budget on a new model',
      aBody({ thinking: { type: 'enabled', budget_tokens: 2000 } }),
      '"thinking.type.enabled" is not supported for this model.',
    ],
    [
      'disabled thinking where the model always thinks',
      aBody({ thinking: { type: 'disabled' } }),
      '"thinking.type.disabled" is not supported',
    ],
    [
      'a forced tool',
      aBody({ tools: [{ name: 'a', input_schema: {} }], tool_choice: { type: 'any' } }),
      "tool_choice.type: 'any' is not supported",
    ],
    [
      'an effort that does not exist',
      aBody({ output_config: { effort: 'huge' } }),
      'output_config.effort: Input should be',
    ],
    [
      'an effort on an older model',
      aBody({ model: 'claude-haiku-4-5', output_config: { effort: 'low' } }),
      'does not support the effort parameter',
    ],
    [
      'an open object',
      withSchema({ type: 'object', properties: {} }),
      "'additionalProperties' must be explicitly set to false",
    ],
    [
      'an open object inside',
      withSchema({ ...OBJECT, properties: { a: { type: 'object' } } }),
      "'additionalProperties' must be explicitly set to false",
    ],
    [
      'a required field that is not there',
      withSchema({ ...OBJECT, required: ['b'] }),
      "'b' is not defined in properties",
    ],
    [
      'a minimum',
      withSchema({ ...OBJECT, properties: { a: { type: 'number', minimum: 1 } } }),
      'properties minimum are not supported',
    ],
    [
      'a longest length',
      withSchema({ ...OBJECT, properties: { a: { type: 'string', maxLength: 1 } } }),
      'properties maxLength are not supported',
    ],
    [
      'two items at least',
      withSchema({ ...OBJECT, properties: { a: { type: 'array', items: { type: 'string' }, minItems: 2 } } }),
      "'minItems' values other than 0 or 1",
    ],
    ['oneOf', withSchema({ ...OBJECT, properties: { a: { oneOf: [] } } }), 'properties oneOf are not supported'],
    [
      'a recursive schema',
      withSchema({
        ...OBJECT,
        properties: { a: { $ref: '#/$defs/n' } },
        $defs: { n: { type: 'array', items: { $ref: '#/$defs/n' } } },
      }),
      'Circular reference',
    ],
    [
      'a name beside the schema',
      aBody({ output_config: { format: { type: 'json_schema', name: 'x', schema: OBJECT } } }),
      'output_config.format.name: Extra inputs',
    ],
    ['a lone surrogate', withText({ text: 'a\ud800' }), 'not valid JSON'],
    ['a body that is no object', [], 'body: Input should be a valid dictionary'],
  ])('%s', (_name, body, message) => {
    expect(refusal(JSON.parse(JSON.stringify(body)))).toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      message: expect.stringContaining(message),
    });
  });

  it('an unknown model, by 404', () => {
    expect(refusal(aBody({ model: 'claude-9' }))).toMatchObject({
      status: 404,
      type: 'not_found_error',
      message: 'model: claude-9',
    });
  });

  it('a model past its end date', () => {
    const body = aBody({ model: 'claude-sonnet-4-5-20250929' });

    expect(refusal(body)).toBeUndefined();
    expect(refusal(body, new Date('2026-12-01T00:00:00Z'))).toMatchObject({ status: 404 });
  });
});
