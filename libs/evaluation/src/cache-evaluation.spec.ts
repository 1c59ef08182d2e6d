import { evaluateCache, pairCases } from './cache-evaluation';

const pair = (a: string, b: string, label: number) => ({ fields: { a, b, label }, place: 'p.jsonl:1' });

describe('evaluateCache', () => {
  it('counts what would be served rightly and wrongly', () => {
    const { metrics, items } = evaluateCache(
      pairCases([
        pair('How many customers?', 'how many CUSTOMERS please', 1),
        pair('How many customers?', 'Count the customers', 1),
        pair('orders before 2024', 'orders after 2024', 0),
        pair('Total', 'total!', 0),
      ]),
    );

    expect(metrics['hits']?.value).toBe(1);
    expect(metrics['hitRate']?.value).toBe(0.5);
    expect(metrics['falseHits']?.value).toBe(1);
    expect(items.map(({ ok }) => ok)).toEqual([true, true, true, false]);
  });
});

describe('pairCases', () => {
  it.each([
    [{ a: 'x', label: 1 }, '"a" and "b"'],
    [{ a: 'x', b: 'y' }, '"label"'],
    [{ a: 'x', b: 'y', label: 2 }, '"label"'],
  ])('refuses %j', (fields, message) => {
    expect(() => pairCases([{ fields, place: 'p.jsonl:9' }])).toThrow(new RegExp(`^p\\.jsonl:9: ${message}`));
  });
});
