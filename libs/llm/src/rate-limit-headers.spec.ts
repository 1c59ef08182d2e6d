import { APIError } from '@anthropic-ai/sdk';
import type { PaceObservation, Pacer } from '@memori/concurrency';
import { limitsOf, noteFault, noteHeaders } from './rate-limit-headers';

const NOW = Date.parse('2026-11-25T12:00:00Z');

function aReply(more: Record<string, string> = {}): Headers {
  return new Headers({
    date: 'Wed, 25 Nov 2026 12:00:00 GMT',
    'anthropic-ratelimit-requests-limit': '1000',
    'anthropic-ratelimit-requests-remaining': '999',
    'anthropic-ratelimit-requests-reset': '2026-11-25T12:00:01Z',
    'anthropic-ratelimit-input-tokens-limit': '2000000',
    'anthropic-ratelimit-input-tokens-remaining': '1500000',
    'anthropic-ratelimit-input-tokens-reset': '2026-11-25T12:00:15Z',
    ...more,
  });
}

describe('limits in headers', () => {
  it('are read by kind, and those that are not told are left out', () => {
    expect(limitsOf(aReply(), NOW)).toEqual({
      requests: { limit: 1000, remaining: 999, resetsAt: new Date('2026-11-25T12:00:01Z') },
      inputTokens: { limit: 2_000_000, remaining: 1_500_000, resetsAt: new Date('2026-11-25T12:00:15Z') },
    });
    expect(limitsOf(new Headers(), NOW)).toEqual({});
  });

  it('hold by our clock, though it is five minutes off', () => {
    const { inputTokens } = limitsOf(aReply(), NOW + 300_000);
    expect(inputTokens!.resetsAt.getTime() - (NOW + 300_000)).toBe(15_000);
  });

  it.each([
    ['anthropic-ratelimit-requests-limit', 'many'],
    ['anthropic-ratelimit-requests-remaining', ''],
    ['anthropic-ratelimit-requests-reset', 'soon'],
  ])('are left out when %s is "%s"', (name, value) => {
    expect(limitsOf(aReply({ [name]: value }), NOW)).not.toHaveProperty('requests');
  });
});

describe('what is told to the pacer', () => {
  const told: [string, PaceObservation][] = [];
  const pacer = { observe: (...what: [string, PaceObservation]) => told.push(what) } as unknown as Pacer;
  beforeEach(() => (told.length = 0));

  it('is every reply', () => {
    noteHeaders(pacer, 'claude', aReply());
    expect(told).toMatchObject([['claude', { kind: 'ok', limits: { requests: { limit: 1000 } } }]]);
  });

  it('is a 429 with its wait and its limits, and a 529', () => {
    const body = { type: 'error', error: { type: 'rate_limit_error', message: 'slow down' } };
    noteFault(pacer, 'claude', APIError.generate(429, body, 'slow down', aReply({ 'retry-after': '7' })));
    const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'later' } };
    noteFault(pacer, 'claude', APIError.generate(529, overloaded, 'later', new Headers()));

    expect(told).toMatchObject([
      ['claude', { kind: 'rate-limited', retryAfterMs: 7000, limits: { requests: { remaining: 999 } } }],
      ['claude', { kind: 'overloaded', limits: {} }],
    ]);
  });

  it('is no other failure: not even the spending cap', () => {
    const body = { type: 'error', error: { type: 'rate_limit_error', message: 'cap' } };
    noteFault(pacer, 'claude', APIError.generate(429, body, 'cap', new Headers()));
    noteFault(pacer, 'claude', APIError.generate(500, body, 'broken', new Headers()));
    noteFault(pacer, 'claude', new Error('ours'));

    expect(told).toEqual([]);
  });
});
