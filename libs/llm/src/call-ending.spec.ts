import { APIConnectionError, APIError } from '@anthropic-ai/sdk';
import type { RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages';
import { NO_USAGE } from '@memori/budget';
import { endingOfBug, endingOfFailure, endingOfInterruption, endingOfReply, type EndedCall } from './call-ending';
import { StreamEvidence } from './stream-evidence';

const MODEL = 'claude-sonnet-5-5';
const atMost = { ...NO_USAGE, inputTokens: 900, outputTokens: 4096 };
const start = { type: 'message_start', message: { usage: { input_tokens: 321, output_tokens: 1 } } };
const text = (content: string) => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: content },
});
const end = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 12 } };

function aCall(...events: unknown[]): EndedCall {
  const evidence = new StreamEvidence(MODEL);
  for (const event of events) evidence.take(event as RawMessageStreamEvent);
  evidence.requestId = 'req_stream';
  const context = { model: MODEL, failedAttempts: 0, overloadsBefore: () => 0, random: 0, timeoutMs: 1000 };
  return { evidence, atMost, schema: { title: 'memori-summary-1', type: 'object' }, context };
}

describe('the end of a call', () => {
  it('is an answer when the reply is what was asked for', () => {
    expect(endingOfReply(aCall(start, text('{}'), end))).toMatchObject({
      outcome: 'answered',
      usage: { inputTokens: 321, outputTokens: 12 },
      reasons: [],
      requestId: 'req_stream',
      result: { json: {} },
    });
  });

  it('is charged as reported when the reply cannot be used', () => {
    expect(endingOfReply(aCall(start, text('Sure!'), end))).toMatchObject({
      outcome: 'invalid-prose',
      usage: { inputTokens: 321, outputTokens: 12 },
      result: { error: { code: 'model-reply-invalid' } },
    });
  });

  it('is charged at the most that the input can be, flagged, when nothing was reported', () => {
    expect(endingOfInterruption(aCall(), 'cancelled')).toMatchObject({
      outcome: 'cancelled',
      usage: { inputTokens: 900, outputTokens: 0 },
      reasons: ['unknown_usage'],
    });
  });

  it.each([
    ['cancelled', { code: 'cancelled' }],
    ['lease-lost', { reason: 'lease-lost', countsAsAttempt: false }],
    ['shutting-down', { reason: 'shutting-down', retryAfterMs: 0 }],
    ['timeout', { reason: 'provider-unavailable', countsAsAttempt: true }],
  ] as const)('tells who stopped it: %s', (by, error) => {
    expect(endingOfInterruption(aCall(start), by)).toMatchObject({ outcome: by, result: { error } });
  });

  it('costs nothing when the provider refused it, and makes everybody wait when he says how long', () => {
    const limited = APIError.generate(429, {}, undefined, new Headers({ 'retry-after': '7', 'request-id': 'req_429' }));

    expect(endingOfFailure(aCall(), limited)).toMatchObject({
      outcome: 'rate-limited',
      usage: NO_USAGE,
      reasons: [],
      requestId: 'req_429',
      pauseMs: 7000,
    });
  });

  it('costs what it may have cost when the connection broke after it was sent', () => {
    const reset = new APIConnectionError({ cause: Object.assign(new Error(), { code: 'ECONNRESET' }) });

    expect(endingOfFailure(aCall(), reset)).toMatchObject({ usage: { inputTokens: 900 }, reasons: ['unknown_usage'] });
  });

  it("leaves errors that are not the provider's as they are, but charges the call", () => {
    const bug = new RangeError('a bug');

    expect(endingOfFailure(aCall(start), bug)).toBeUndefined();
    expect(endingOfBug(aCall(start), bug)).toMatchObject({
      outcome: 'failed',
      usage: { inputTokens: 321 },
      result: { error: bug },
    });
  });
});
