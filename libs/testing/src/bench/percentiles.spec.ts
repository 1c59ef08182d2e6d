import { mean, percentile } from './percentiles';

describe('percentile', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);

  it.each([
    [0.5, 50],
    [0.95, 95],
    [0.99, 99],
    [1, 100],
    [0, 1],
  ])('finds the nearest rank of %d', (share, value) => {
    expect(percentile(values, share)).toBe(value);
  });

  it('says NaN of nothing', () => {
    expect(percentile([], 0.5)).toBeNaN();
    expect(mean([])).toBeNaN();
  });
});
