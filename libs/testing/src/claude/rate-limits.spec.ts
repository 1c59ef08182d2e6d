import type { ClaudeError } from './errors';
import { RateLimits } from './rate-limits';

describe('RateLimits', () => {
  it('tells limit, rest and reset of every bucket', () => {
    const limits = new RateLimits({ requests: 60, inputTokens: 1000, outputTokens: 100 });
    const now = Date.parse('2026-11-01T00:00:00Z');

    limits.admit(500, now);

    expect(limits.headers(now)).toMatchObject({
      'anthropic-ratelimit-requests-limit': '60',
      'anthropic-ratelimit-requests-remaining': '59',
      'anthropic-ratelimit-requests-reset': '2026-11-01T00:00:01Z',
      'anthropic-ratelimit-input-tokens-remaining': '500',
      'anthropic-ratelimit-input-tokens-reset': '2026-11-01T00:00:30Z',
      'anthropic-ratelimit-tokens-limit': '1100',
    });
  });

  it('refuses what exceeds an enforced limit, and says how long to wait', () => {
    const limits = new RateLimits({ requests: 2, enforced: true });
    limits.admit(1, 0);
    limits.admit(1, 0);

    let failure: ClaudeError | undefined;
    try {
      limits.admit(1, 0);
    } catch (error) {
      failure = error as ClaudeError;
    }

    expect(failure).toMatchObject({ status: 429, headers: { 'retry-after': '30' } });
    expect(() => limits.admit(1, 30_000)).not.toThrow();
  });

  it('only counts when the limit is not enforced', () => {
    const limits = new RateLimits({ requests: 1 });

    expect(() => [0, 0, 0].forEach((now) => limits.admit(1, now))).not.toThrow();
    expect(limits.headers(0)['anthropic-ratelimit-requests-remaining']).toBe('0');
  });
});
