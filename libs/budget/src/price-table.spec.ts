import { PriceTable, UnknownModelError } from './price-table';
import { limitTokens, NO_USAGE, promptTokens } from './token-usage';

const prices = PriceTable.bundled();
const MILLION = 1_000_000;

describe('PriceTable', () => {
  it.each([
    ['claude-haiku-5-5', 'inputTokens', 100_000, 10_000_000n],
    ['claude-haiku-5-5', 'outputTokens', MILLION, 500_000_000n],
    ['claude-sonnet-5-5', 'inputTokens', MILLION, 2_000_000_000n],
    ['claude-sonnet-5-5', 'outputTokens', MILLION, 10_000_000_000n],
    ['claude-sonnet-5-5', 'cacheReadTokens', MILLION, 100_000_000n],
    ['claude-sonnet-5-5', 'cacheWrite5mTokens', MILLION, 2_500_000_000n],
    ['claude-sonnet-5-5', 'cacheWrite1hTokens', MILLION, 4_000_000_000n],
    ['claude-opus-5-5', 'cacheReadTokens', MILLION, 200_000_000n],
    ['claude-fable-5-1', 'cacheWrite5mTokens', MILLION, 12_500_000_000n],
    ['claude-sonnet-4-5-20250929', 'inputTokens', MILLION, 3_000_000_000n],
    ['claude-haiku-4-5-20251001', 'cacheWrite5mTokens', MILLION, 1_250_000_000n],
  ] as const)('prices %s: %s × %d at %d nano-dollars', (model, kind, tokens, cost) => {
    expect(prices.cost(model, { ...NO_USAGE, [kind]: tokens })).toBe(cost);
  });

  it('adds the kinds up, each at its own price', () => {
    const usage = {
      inputTokens: 1234,
      cacheReadTokens: 5678,
      cacheWrite5mTokens: 910,
      cacheWrite1hTokens: 11,
      outputTokens: 213,
    };

    // 1234×2000 + 5678×100 + 910×2500 + 11×4000 + 213×10000
    expect(prices.cost('claude-sonnet-5-5', usage)).toBe(7_484_800n);
  });

  it('prices a whole haiku call higher once its prompt, cached part included, is over 100K tokens', () => {
    const at = { ...NO_USAGE, inputTokens: 60_000, cacheReadTokens: 40_000, outputTokens: 1000 };
    const over = { ...at, cacheReadTokens: 40_001 };

    expect(prices.cost('claude-haiku-5-5', at)).toBe(60_000n * 100n + 40_000n * 10n + 1000n * 500n);
    expect(prices.cost('claude-haiku-5-5', over)).toBe(60_000n * 500n + 40_001n * 50n + 1000n * 2500n);
  });

  it('halves the price of a batch, rounding up', () => {
    const one = { ...NO_USAGE, cacheWrite5mTokens: 1 };

    expect(prices.cost('claude-haiku-5-5', one)).toBe(125n);
    expect(prices.cost('claude-haiku-5-5', one, { batch: true })).toBe(63n);
  });

  it('stays exact where doubles do not', () => {
    const usage = { ...NO_USAGE, outputTokens: 9_007_199_254_740_991 };

    expect(prices.cost('claude-fable-5-1', usage)).toBe(9_007_199_254_740_991n * 50_000n);
  });

  it('refuses an unknown model instead of charging nothing', () => {
    expect(() => prices.cost('claude-sonnet-9', NO_USAGE)).toThrow(UnknownModelError);
  });

  it('tells what the cache saved: reads at full price less their own, less the surcharge of writing', () => {
    const usage = {
      ...NO_USAGE,
      inputTokens: 9,
      cacheReadTokens: 1000,
      cacheWrite5mTokens: 100,
      cacheWrite1hTokens: 10,
    };

    expect(prices.savedByCache('claude-sonnet-5-5', usage)).toBe(1000n * 1900n - 100n * 500n - 10n * 2000n);
    expect(prices.savedByCache('claude-sonnet-5-5', { ...usage, cacheReadTokens: 0 })).toBe(-70_000n);
    expect(prices.savedByCache('claude-gone', usage)).toBe(0n);
  });

  it('charges a model that it does not know at the dearest price', () => {
    const usage = { ...NO_USAGE, inputTokens: 1, outputTokens: 1 };

    expect(prices.costOrDearest('claude-gone', usage)).toBe(prices.cost('claude-fable-5-1', usage));
    expect(prices.costOrDearest('claude-sonnet-5-5', usage)).toBe(prices.cost('claude-sonnet-5-5', usage));
  });

  it('has the same version whatever the order of keys, and whatever stands beside the list', () => {
    const { version, batchFactor, models } = prices.content as Record<string, unknown>;

    expect(PriceTable.parse({ models, comment: 'x', batchFactor, version }).version).toBe(prices.version);
  });

  it('gives another version to another content', () => {
    const content = structuredClone(prices.content) as { models: { input: string }[] };
    content.models[0]!.input = '0.11';

    expect(PriceTable.parse(content).version).not.toBe(prices.version);
    expect(prices.version).toMatch(/^2026-11-[0-9a-f]{8}$/);
  });

  it('names every wrong field of a malformed list', () => {
    const content = structuredClone(prices.content) as { models: Record<string, unknown>[]; batchFactor: unknown };
    content.batchFactor = 0.5;
    content.models[1]!.output = '-1';
    content.models[2]!.id = content.models[3]!.id;
    content.models[4]!.input = '0';
    content.models[5]!.callableUntil = 'soon';

    expect(() => PriceTable.parse(content)).toThrow(
      [
        'The price list is not usable:',
        '/batchFactor: a decimal number as text, like "2.50"',
        '/models/1/output: a decimal number as text, like "2.50"',
        '/models/4/input: more than 0',
        '/models/5/callableUntil: a day, YYYY-MM-DD',
        '/models: an id stands twice',
      ].join('\n  '),
    );
  });

  it.each([
    null,
    [],
    'x',
    {},
    { version: '1', batchFactor: '1', models: [] },
    { version: '1', batchFactor: '1', models: [7] },
  ])('refuses %j as a price list', (content) => {
    expect(() => PriceTable.parse(content)).toThrow('The price list is not usable');
  });
});

describe('limitTokens', () => {
  it('counts input, cache writes, output and a tenth of cache reads, rounded up', () => {
    const usage = {
      inputTokens: 100,
      cacheReadTokens: 1001,
      cacheWrite5mTokens: 20,
      cacheWrite1hTokens: 3,
      outputTokens: 50,
    };

    expect(limitTokens(usage)).toBe(274);
    expect(promptTokens(usage)).toBe(1124);
  });
});
