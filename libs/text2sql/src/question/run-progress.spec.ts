import { RunProgress } from './run-progress';

const USAGE = {
  inputTokens: 100,
  cacheReadTokens: 50,
  cacheWrite5mTokens: 20,
  cacheWrite1hTokens: 5,
  outputTokens: 10,
};

it('adds up the attempts of all runs', () => {
  const first = new RunProgress(undefined, 0);
  first.addAttempt({ model: 'm', usage: USAGE, costNanoUsd: 1_500_000n });
  const second = new RunProgress(JSON.parse(JSON.stringify(first.save(1000))), 5000);
  second.addAttempt({ model: 'm', usage: USAGE, costNanoUsd: 500_000n });

  expect(second.usageOf()).toEqual({
    model: 'm',
    inputTokens: 200,
    cacheReadTokens: 100,
    cacheWriteTokens: 50,
    outputTokens: 20,
    attempts: 2,
    costUsd: 0.002,
  });
});

it('counts as waiting what was neither run', () => {
  const first = new RunProgress(undefined, 1000);
  const second = new RunProgress(first.save(1500), 8000);

  expect(second.timings(1000, 9000)).toMatchObject({ totalMs: 8000, queueMs: 6500 });
});

it('measures work that fails as well', async () => {
  const progress = new RunProgress(undefined, 0);

  await expect(progress.time('databaseMs', () => Promise.reject(new Error('no')))).rejects.toThrow('no');

  expect(progress.timings(0, 10).databaseMs).toBeGreaterThanOrEqual(0);
});
