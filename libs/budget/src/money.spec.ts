import { parseEnv } from '@memori/config';
import { budgetLines } from './budget-line';
import { configuredLimits } from './limits';
import { divideUp, nanoFromDecimal, nanoFromUsd, usdFromNano } from './money';

describe('nanoFromDecimal', () => {
  it.each([
    ['0.10', 100_000_000n],
    ['2', 2_000_000_000n],
    ['12.50', 12_500_000_000n],
    ['0.000000001', 1n],
    ['0.0000000001', undefined],
    ['-1', undefined],
    ['1e3', undefined],
    ['.5', undefined],
    ['', undefined],
    ['1,5', undefined],
  ])('reads %j as %s', (text, nano) => {
    expect(nanoFromDecimal(text)).toBe(nano);
  });
});

describe('money', () => {
  it('rounds configured dollars to the nano-dollar and back', () => {
    expect(nanoFromUsd(0.1)).toBe(100_000_000n);
    expect(usdFromNano(123_456_789n)).toBe(0.123456789);
  });

  it('rounds fractions up, and whole results not', () => {
    expect([divideUp(1n, 2n), divideUp(4n, 2n), divideUp(0n, 7n)]).toEqual([1n, 2n, 0n]);
  });
});

describe('configuredLimits', () => {
  it('limits the tokens of a user in a day, and money only when it is configured', () => {
    expect(configuredLimits(parseEnv({}))).toEqual([{ scope: 'user', period: 'day', tokens: 1_000_000 }]);
    expect(configuredLimits(parseEnv({ MEMORI_MONTHLY_BUDGET_USD: '12.5' }))[1]).toEqual({
      scope: 'global',
      period: 'month',
      nanoUsd: '12500000000',
    });
  });
});

describe('budgetLines', () => {
  const account = {
    scope: 'tenant',
    period: 'month' as const,
    resetsAt: null,
    resetsInMs: null,
    limitTokens: 100,
    postedTokens: 90,
    heldTokens: 30,
    limitNanoUsd: '2000000000',
    postedNanoUsd: '500000000',
    heldNanoUsd: '250000000',
  };

  it('gives one line for each unit, and never less than nothing left', () => {
    expect(budgetLines(account)).toEqual([
      {
        scope: 'tenant',
        window: 'month',
        unit: 'tokens',
        limit: 100,
        posted: 90,
        held: 30,
        remaining: 0,
        resetsAt: null,
      },
      {
        scope: 'tenant',
        window: 'month',
        unit: 'usd',
        limit: 2,
        posted: 0.5,
        held: 0.25,
        remaining: 1.25,
        resetsAt: null,
      },
    ]);
  });

  it('leaves out what is not limited', () => {
    expect(budgetLines({ ...account, limitTokens: null, limitNanoUsd: null })).toEqual([]);
  });
});
