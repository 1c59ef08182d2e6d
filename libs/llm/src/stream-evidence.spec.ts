import type { RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages';
import { StreamEvidence } from './stream-evidence';

const MODEL = 'claude-sonnet-5-5';

// Servers leave fields out and add others, so events are written as they come over the wire.
function taken(events: unknown[], cacheWrites?: '5m' | '1h'): StreamEvidence {
  const evidence = new StreamEvidence(MODEL, cacheWrites);
  for (const event of events) evidence.take(event as RawMessageStreamEvent);
  return evidence;
}

const start = (usage: object) => ({ type: 'message_start', message: { usage } });
const text = (content: string) => ({
  type: 'content_block_delta',
  index: 1,
  delta: { type: 'text_delta', text: content },
});
const end = (usage: object, stop_reason = 'end_turn') => ({ type: 'message_delta', delta: { stop_reason }, usage });

describe('StreamEvidence', () => {
  it('knows nothing before the stream begins', () => {
    const evidence = taken([]);

    expect(evidence.hasStarted).toBe(false);
    expect(evidence.isComplete).toBe(false);
  });

  it('takes the last report of the output for all of it, not the sum of the reports', () => {
    const { usage } = taken([
      start({ input_tokens: 100, output_tokens: 1 }),
      end({ output_tokens: 20 }),
      end({ output_tokens: 57 }),
    ]);

    expect(usage).toMatchObject({ inputTokens: 100, outputTokens: 57 });
  });

  it('splits cache writes by their lifetime', () => {
    const cache_creation = { ephemeral_5m_input_tokens: 30, ephemeral_1h_input_tokens: 12 };
    const { usage } = taken([
      start({
        input_tokens: 7,
        cache_creation_input_tokens: 42,
        cache_read_input_tokens: 900,
        cache_creation,
        output_tokens: 1,
      }),
      end({ input_tokens: 7, cache_creation_input_tokens: 42, cache_read_input_tokens: 900, output_tokens: 5 }),
    ]);

    expect(usage).toEqual({
      inputTokens: 7,
      cacheReadTokens: 900,
      cacheWrite5mTokens: 30,
      cacheWrite1hTokens: 12,
      outputTokens: 5,
    });
  });

  it.each([
    ['5m' as const, { cacheWrite5mTokens: 42, cacheWrite1hTokens: 0 }],
    ['1h' as const, { cacheWrite5mTokens: 0, cacheWrite1hTokens: 42 }],
  ])('counts cache writes of an untold lifetime as %s when that was asked for', (asked, expected) => {
    const { usage } = taken([start({ input_tokens: 7, cache_creation_input_tokens: 42, output_tokens: 1 })], asked);

    expect(usage).toMatchObject(expected);
  });

  it('counts what was streamed, thoughts too, while the provider has not told the output', () => {
    const thought = {
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'thinking_delta', thinking: 'Let me count the rows. ' },
    };
    const evidence = taken([
      start({ input_tokens: 100, output_tokens: 1 }),
      thought,
      text('{"outcome": "sql", "sql": "SELECT 1"'),
    ]);

    expect(evidence.usage.inputTokens).toBe(100);
    expect(evidence.usage.outputTokens).toBeGreaterThan(15);
    expect(evidence.text).toBe('{"outcome": "sql", "sql": "SELECT 1"');
  });

  it('reads the text from text blocks alone, wherever they stand', () => {
    const evidence = taken([
      start({ input_tokens: 1, output_tokens: 1 }),
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'abc' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
      text('{"a'),
      text('":1}'),
      end({ output_tokens: 3 }),
      { type: 'message_stop' },
    ]);

    expect(evidence.text).toBe('{"a":1}');
    expect(evidence.isComplete).toBe(true);
    expect(evidence.stopReason).toBe('end_turn');
  });

  it('lets a gateway that reports late correct a start of zeros', () => {
    const evidence = taken([
      start({ input_tokens: 0, output_tokens: 0 }),
      end({ input_tokens: 321, output_tokens: 4 }),
    ]);

    expect(evidence.usage).toMatchObject({ inputTokens: 321, outputTokens: 4 });
  });

  it.each([
    [null],
    [undefined],
    [{}],
    [{ input_tokens: null, output_tokens: '7' }],
    [{ input_tokens: -5, output_tokens: 1.5 }],
    [{ input_tokens: 1e300 }],
  ])('makes no money of a report like %j', (usage) => {
    const evidence = taken([
      { type: 'message_start', message: { usage } },
      { type: 'message_delta', delta: {}, usage },
    ]);

    expect(evidence.hasStarted).toBe(false);
    expect(Object.values(evidence.usage).every((tokens) => tokens === 0)).toBe(true);
  });

  it('ignores events that it does not know', () => {
    expect(() => taken([{ type: 'ping' }, { type: 'something_new' }])).not.toThrow();
  });
});
