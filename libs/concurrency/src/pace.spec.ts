import { bucketsOf, isNear, merge, type PaceReport } from './pace';

const NOW = new Date('2026-11-25T12:00:00Z');
const in_ = (ms: number) => new Date(NOW.getTime() + ms);

describe('buckets from headers', () => {
  it.each([
    ['half empty, full in half a minute', { limit: 1000, remaining: 500, resetsAt: in_(30_000) }, 500 / 30_000],
    [
      'of a provider that refills within an hour',
      { limit: 600, remaining: 0, resetsAt: in_(3_600_000) },
      600 / 3_600_000,
    ],
    ['full: a minute for the whole', { limit: 1000, remaining: 1000, resetsAt: NOW }, 1000 / 60_000],
    ['whose moment is past', { limit: 1000, remaining: 10, resetsAt: in_(-5000) }, 1000 / 60_000],
    ['whose moment was rounded to nothing', { limit: 1000, remaining: 990, resetsAt: in_(600) }, 1000 / 60_000],
    [
      'that fills in a year: no slower than in a day',
      { limit: 864, remaining: 0, resetsAt: in_(4e10) },
      864 / 86_400_000,
    ],
  ])('%s', (_, requests, perMs) => {
    const [bucket] = bucketsOf({ requests }, NOW);
    expect(bucket).toMatchObject({ kind: 'requests', limit: requests.limit, remaining: requests.remaining });
    expect(bucket!.perMs).toBeCloseTo(perMs, 12);
  });

  it('keep within what is possible, and leave out what is not', () => {
    const [low] = bucketsOf({ tokens: { limit: 10, remaining: -3, resetsAt: NOW } }, NOW);
    const [high] = bucketsOf({ tokens: { limit: 10, remaining: 30, resetsAt: NOW } }, NOW);

    expect([low!.remaining, high!.remaining]).toEqual([0, 10]);
    expect(bucketsOf({ tokens: { limit: 0, remaining: 0, resetsAt: NOW } }, NOW)).toEqual([]);
    expect(bucketsOf({ tokens: { limit: 10, remaining: NaN, resetsAt: NOW } }, NOW)).toEqual([]);
  });

  it('are near their end when less than half is left in any', () => {
    const bucket = (remaining: number) => ({ kind: 'requests' as const, limit: 100, remaining, perMs: 1 });
    expect(isNear([])).toBe(false);
    expect(isNear([bucket(50), bucket(100)])).toBe(false);
    expect(isNear([bucket(100), bucket(49)])).toBe(true);
  });
});

describe('two observations', () => {
  const report = (more: Partial<PaceReport>): PaceReport => ({
    rateKey: 'm', oks: 0, faults: 0, pauseMs: 0, most: 10, buckets: [], ...more,
  }); // prettier-ignore
  const bucket = (kind: 'requests' | 'tokens', remaining: number) => ({ kind, limit: 100, remaining, perMs: 1 });

  it('count together, and the longer pause and the later buckets hold', () => {
    const before = report({
      oks: 2,
      pauseMs: 5000,
      pauseReason: 'overloaded',
      buckets: [bucket('requests', 40), bucket('tokens', 30)],
    });
    const next = report({ faults: 1, pauseMs: 100, pauseReason: 'rate-limited', buckets: [bucket('requests', 39)] });

    expect(merge(undefined, next)).toBe(next);
    expect(merge(before, next)).toEqual(
      report({
        oks: 2,
        faults: 1,
        pauseMs: 5000,
        pauseReason: 'overloaded',
        buckets: [bucket('tokens', 30), bucket('requests', 39)],
      }),
    );
  });
});
