import { count, meanOf, percentile, share } from './intervals';

describe('share', () => {
  // R: binom.confint(x, n, methods = 'wilson')
  it.each([
    [0, 10, 0, 0, 0.2775],
    [5, 10, 0.5, 0.2366, 0.7634],
    [10, 10, 1, 0.7225, 1],
    [88, 100, 0.88, 0.8019, 0.93],
  ])('%d of %d is %d, with its Wilson interval', (hits, n, value, low, high) => {
    const metric = share(hits, n);

    expect(metric.value).toBe(value);
    expect(metric.low).toBeCloseTo(low, 3);
    expect(metric.high).toBeCloseTo(high, 3);
  });

  it('knows nothing of no case', () => {
    expect(share(0, 0)).toEqual({ value: 0, low: 0, high: 1 });
  });
});

describe('count', () => {
  it('is the same in cases', () => {
    expect(count(5, 10)).toMatchObject({ value: 5 });
    expect(count(5, 10).low).toBeCloseTo(2.366, 2);
    expect(count(0, 0)).toEqual({ value: 0, low: 0, high: 0 });
  });
});

describe('meanOf and percentile', () => {
  const values = Array.from({ length: 200 }, (_, i) => i + 1);

  it('lie inside their interval, which is the same each time', () => {
    const mean = meanOf(values);

    expect(mean.value).toBe(100.5);
    expect(mean.low).toBeLessThan(100.5);
    expect(mean.high).toBeGreaterThan(100.5);
    expect(meanOf(values)).toEqual(mean);
  });

  it.each([
    [0.5, 100],
    [0.95, 190],
    [1, 200],
    [0, 1],
  ])('the %d percentile stays at or above that part of the values', (part, value) => {
    expect(percentile(values, part).value).toBe(value);
  });

  it('of nothing are 0', () => {
    expect(meanOf([])).toEqual({ value: 0, low: 0, high: 0 });
    expect(percentile([], 0.5)).toEqual({ value: 0, low: 0, high: 0 });
  });
});
