import { RetryBudget } from './retry-budget';

/** Takes all that is saved up. */
function emptied(): RetryBudget {
  const budget = new RetryBudget();
  while (budget.takeRetry(0) === undefined) continue;
  return budget;
}

describe('RetryBudget', () => {
  it('saves up a minute of its floor', () => {
    const budget = new RetryBudget();
    const taken = Array.from({ length: 100 }, () => budget.takeRetry(0)).filter((wait) => wait === undefined);

    expect(taken).toHaveLength(60);
  });

  it('says when the floor gives the next one', () => {
    const budget = emptied();

    expect([budget.takeRetry(400), budget.takeRetry(1000), budget.takeRetry(1000)]).toEqual([600, undefined, 1000]);
  });

  it.each([
    [9, 0],
    [10, 1],
    [200, 20],
  ])('gives a tenth of %d first attempts: %d', (attempts, retries) => {
    const budget = emptied();
    for (let i = 0; i < attempts; i++) budget.noteFirstAttempt(0);
    // A tenth is no binary fraction.
    const rounding = 0.001;
    let taken = 0;
    while (budget.takeRetry(rounding) === undefined) taken++;

    expect(taken).toBe(retries);
  });

  it('keeps retries under a tenth of the traffic however long a partial outage lasts', () => {
    const budget = emptied();
    let retries = 0;
    // Ten minutes of a hundred calls a second of which every third fails and wants to be tried again.
    for (let call = 0; call < 60_000; call++) {
      const nowMs = call * 10;
      budget.noteFirstAttempt(nowMs);
      if (call % 3 === 0 && budget.takeRetry(nowMs) === undefined) retries++;
    }

    expect(retries).toBeLessThanOrEqual(60_000 * 0.1 + 600 + 60);
    expect(retries).toBeGreaterThan(6000);
  });
});
