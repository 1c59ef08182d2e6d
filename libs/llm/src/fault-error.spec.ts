import { APIError } from '@anthropic-ai/sdk';
import { DomainError, problemOf } from '@memori/errors';
import { backoffMs, FaultStreak, spreadMs } from './backoff';
import { errorOfFault } from './fault-error';
import { MustWaitError } from './must-wait.error';
import { ProviderError, type FaultKind, type ProviderFault } from './provider-fault';

const context = {
  model: 'claude-sonnet-5-5',
  failedAttempts: 0,
  overloadsBefore: () => 0,
  random: 0.5,
  timeoutMs: 60_000,
};
const fault = (kind: FaultKind, more: Partial<ProviderFault> = {}): ProviderFault => ({
  kind,
  isUnbilled: true,
  ...more,
});

describe('errorOfFault', () => {
  it('waits as long as a rate limit asks for, and does not count it as an attempt', () => {
    const error = errorOfFault(fault('rate-limited', { retryAfterMs: 30_000 }), context, undefined);

    expect(error).toMatchObject({ reason: 'rate-limited', retryAfterMs: 30_500, countsAsAttempt: false });
  });

  it('waits longer after each overload of the model, though none counts as an attempt', () => {
    const waits = [0, 1, 2, 3].map((before) =>
      errorOfFault(fault('overloaded'), { ...context, overloadsBefore: () => before }, undefined),
    );

    expect(waits.map((wait) => (wait as MustWaitError).retryAfterMs)).toEqual([750, 1500, 3000, 6000]);
    expect(waits.some((wait) => (wait as MustWaitError).countsAsAttempt)).toBe(false);
  });

  it('hands on what a log may hold of the cause, and nothing that the provider wrote', () => {
    const words = { type: 'error', error: { type: 'invalid_request_error', message: 'secret words of a prompt' } };
    const cause = new ProviderError(APIError.generate(400, words, undefined, new Headers({ 'request-id': 'req_1' })));

    expect(`${cause.name}: ${cause.message}`).toBe('BadRequestError: 400 invalid_request_error req_1');
    expect(String(cause.stack)).not.toContain('secret');
  });

  it.each(['unavailable', 'timeout', 'connection', 'cut-stream'] as const)(
    'counts %s as an attempt that failed',
    (kind) => {
      expect(errorOfFault(fault(kind), context, undefined)).toMatchObject({
        reason: 'provider-unavailable',
        countsAsAttempt: true,
      });
    },
  );

  it.each([
    ['spend-limit', 'provider-spend-limit', 503],
    ['key-refused', 'provider-unavailable', 502],
    ['model-unknown', 'model-not-allowed', 502],
    ['too-large', 'provider-refused', 502],
    ['bad-request', 'provider-refused', 502],
  ] as const)('does not wait for %s, which only people can mend', (kind, code, status) => {
    const error = errorOfFault(fault(kind, { status: 400, requestId: 'req_1' }), context, undefined);

    expect(error).toBeInstanceOf(DomainError);
    expect(problemOf(error)).toMatchObject({ code, status, retryable: false });
  });

  it('names the request id, by which the provider finds the call', () => {
    expect(
      errorOfFault(fault('bad-request', { status: 400, requestId: 'req_1' }), context, undefined).message,
    ).toContain('HTTP 400, request req_1');
  });
});

describe('MustWaitError', () => {
  it.each([
    ['rate-limited', 429, 'provider-rate-limited'],
    ['overloaded', 503, 'provider-overloaded'],
    ['provider-unavailable', 503, 'provider-unavailable'],
    ['no-slot', 503, 'queue-timeout'],
    ['shutting-down', 503, 'shutting-down'],
  ] as const)('becomes %s → %d %s when there is no more waiting', (reason, status, code) => {
    const error = new MustWaitError({ reason, retryAfterMs: 1500.2, countsAsAttempt: false, message: 'Not now.' });

    expect(problemOf(error.asFailure())).toMatchObject({
      status,
      code,
      retryable: true,
      retryAfterMs: 1501,
      detail: 'Not now.',
    });
  });
});

describe('waiting', () => {
  it('is anywhere below a ceiling that doubles up to half a minute', () => {
    expect([backoffMs(0, 0), backoffMs(0, 0.999), backoffMs(3, 0.5), backoffMs(50, 0.999)]).toEqual([
      0, 1499, 6000, 29_970,
    ]);
  });

  it('spreads those who were told the same moment, never to before it', () => {
    expect([spreadMs(30_000, 0), spreadMs(30_000, 0.5), spreadMs(0, 0.5)]).toEqual([30_000, 30_500, 50]);
  });

  it('takes overloads that were on their way together for one, and begins anew after an answer', () => {
    const streak = new FaultStreak();
    const at = (ms: number) => streak.next('claude-sonnet-5-5', ms);

    expect([at(0), at(10), at(749), at(750), at(900), at(2250), at(5250)]).toEqual([0, 0, 0, 1, 1, 2, 3]);
    expect(streak.next('claude-haiku-5-5', 5250)).toBe(0);
    streak.end('claude-sonnet-5-5');
    expect(at(5251)).toBe(0);
  });
});
