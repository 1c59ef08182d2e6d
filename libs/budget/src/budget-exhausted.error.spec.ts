import { problemOf } from '@memori/errors';
import type { AccountLine } from './budget-line';
import { BudgetExhaustedError } from './budget-exhausted.error';

const ofTokens: AccountLine = {
  scope: 'user',
  period: 'day',
  resetsAt: '2026-11-24T00:00:00Z',
  resetsInMs: 3_600_000,
  limitTokens: 1_000_000,
  postedTokens: 990_000,
  heldTokens: 9000,
  limitNanoUsd: null,
  postedNanoUsd: '0',
  heldNanoUsd: '0',
};

describe('BudgetExhaustedError', () => {
  it('tells which limit, what is left and when it resets', () => {
    const problem = problemOf(new BudgetExhaustedError(ofTokens, { tokens: 12_000, nanoUsd: 1n }));

    expect(problem).toMatchObject({
      status: 429,
      code: 'budget-exhausted',
      limitSource: 'user/day',
      remaining: 1000,
      resetsAt: '2026-11-24T00:00:00Z',
      retryAfterMs: 3_600_000,
      retryable: false,
      detail:
        'The daily limit of this user is used up: 1,000 tokens of 1,000,000 tokens are left, and the call may need up to ' +
        '12,000 tokens. It resets at 2026-11-24T00:00:00Z.',
    });
  });

  it('tells money in dollars', () => {
    const line = {
      ...ofTokens,
      scope: 'global',
      period: 'month' as const,
      limitTokens: null,
      limitNanoUsd: '50000000000',
      postedNanoUsd: '49990000000',
    };
    const error = new BudgetExhaustedError(line, { tokens: 1, nanoUsd: 20_000_000n });

    expect(error.facts).toMatchObject({ limitSource: 'global/month', unit: 'usd', remaining: 0.01, asked: 0.02 });
  });

  it('does not promise a reset when the limit is smaller than the call', () => {
    const error = new BudgetExhaustedError({ ...ofTokens, limitTokens: 5000 }, { tokens: 12_000, nanoUsd: 1n });

    expect(error.message).toContain('too small');
  });
});
