import { bucketOf, RatioSketch } from './ratio-sketch';

function sketchOf(...ratios: number[]): RatioSketch {
  const sketch = new RatioSketch();
  for (const ratio of ratios) sketch.add(bucketOf(ratio));
  return sketch;
}

describe('RatioSketch', () => {
  it.each([0.25, 0.7, 1, 1.31, 1.47, 2.9, 3.99])('finds %d again, at most 2.2 %% above', (ratio) => {
    const found = sketchOf(ratio).quantile(0.99);

    expect(found).toBeGreaterThanOrEqual(ratio);
    expect(found).toBeLessThanOrEqual(ratio * 1.0221);
  });

  it('finds the ratio that all but one in a hundred stay below', () => {
    const ratios = Array.from({ length: 1000 }, (_, i) => (i < 990 ? 1 + i / 10_000 : 3));

    expect(sketchOf(...ratios).quantile(0.99)).toBeLessThan(1.13);
    expect(sketchOf(...ratios, 3).quantile(0.99)).toBeGreaterThanOrEqual(3);
  });

  it.each([
    [0, 0],
    [-1, 0],
    [0.1, 0],
    [4, 127],
    [1000, 127],
    [Infinity, 127],
  ])('keeps %d within its ends', (ratio, bucket) => {
    expect(bucketOf(ratio)).toBe(bucket);
  });

  it('adds up with others, in any order', () => {
    const [one, other] = [new RatioSketch(), new RatioSketch()];
    one.add(3, 10);
    one.add(90, 5);
    other.add(90, 5);
    other.add(3, 10);

    expect(one.quantile(0.5)).toBe(other.quantile(0.5));
    expect(one.samples).toBe(15);
  });
});
