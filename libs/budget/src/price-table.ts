import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { divideUp, NANO_PER_USD } from './money';
import { contentOf, parsePrices, type ModelPrice, type PriceList, type Rates } from './price-list';
import { promptTokens, type TokenUsage } from './token-usage';

const PER_MILLION = 1_000_000n;

/** Thrown for a model without a price. Its calls are refused: the one price that is surely wrong is 0. */
export class UnknownModelError extends Error {
  constructor(
    readonly model: string,
    readonly known: readonly string[],
  ) {
    super(`There is no price for the model "${model}".`);
    this.name = 'UnknownModelError';
  }
}

/** One version of all prices. Integer arithmetic only; a cost is rounded up to the nano-dollar once, at its end. */
export class PriceTable {
  /** Name of the list and a hash of its content: two lists can never be taken for one another. */
  readonly version: string;
  private readonly models: ReadonlyMap<string, ModelPrice>;

  private constructor(
    private readonly list: PriceList,
    readonly content: unknown,
  ) {
    const hash = createHash('sha256').update(canonicalJson(content)).digest('hex').slice(0, 8);
    this.version = `${list.version}-${hash}`;
    this.models = new Map(list.models.map((model) => [model.id, model]));
  }

  /** Throws a PriceListError that names each wrong field when the content is malformed. */
  static parse(content: unknown): PriceTable {
    return new PriceTable(parsePrices(content), contentOf(content));
  }

  /** The list that ships with Memori. */
  static bundled(): PriceTable {
    return PriceTable.parse(JSON.parse(readFileSync(join(__dirname, 'prices.json'), 'utf8')));
  }

  get modelIds(): string[] {
    return [...this.models.keys()];
  }

  find(model: string): ModelPrice | undefined {
    return this.models.get(model);
  }

  get(model: string): ModelPrice {
    const found = this.models.get(model);
    if (!found) throw new UnknownModelError(model, this.modelIds);
    return found;
  }

  /** What a call costs, in nano-dollars. */
  cost(model: string, usage: TokenUsage, options: { batch?: boolean } = {}): bigint {
    return this.costAt(ratesFor(this.get(model), usage), usage, options);
  }

  /** The same; of a model that this table does not know, what the dearest one costs. For calls that were made already. */
  costOrDearest(model: string, usage: TokenUsage, options: { batch?: boolean } = {}): bigint {
    if (this.models.has(model)) return this.cost(model, usage, options);
    const costs = this.modelIds.map((each) => this.cost(each, usage, options));
    return costs.reduce((most, cost) => (cost > most ? cost : most), 0n);
  }

  /**
   * What the provider's cache saved, in nano-dollars: what was read from it at the price of plain input, less what that
   * cost, less what writing it cost more than plain input. Below 0 when more was written than came to be read.
   */
  savedByCache(model: string, usage: TokenUsage, options: { batch?: boolean } = {}): bigint {
    const price = this.find(model);
    if (!price) return 0n;
    const { input, cacheRead, cacheWrite5m, cacheWrite1h } = ratesFor(price, usage);
    const saved =
      BigInt(usage.cacheReadTokens) * (input - cacheRead) -
      BigInt(usage.cacheWrite5mTokens) * (cacheWrite5m - input) -
      BigInt(usage.cacheWrite1hTokens) * (cacheWrite1h - input);
    return options.batch ? (saved * this.list.batchFactor) / (PER_MILLION * NANO_PER_USD) : saved / PER_MILLION;
  }

  private costAt(rates: Rates, usage: TokenUsage, options: { batch?: boolean }): bigint {
    const atFullPrice =
      BigInt(usage.inputTokens) * rates.input +
      BigInt(usage.cacheReadTokens) * rates.cacheRead +
      BigInt(usage.cacheWrite5mTokens) * rates.cacheWrite5m +
      BigInt(usage.cacheWrite1hTokens) * rates.cacheWrite1h +
      BigInt(usage.outputTokens) * rates.output;
    if (!options.batch) return divideUp(atFullPrice, PER_MILLION);
    return divideUp(atFullPrice * this.list.batchFactor, PER_MILLION * NANO_PER_USD);
  }
}

function ratesFor(price: ModelPrice, usage: TokenUsage): Rates {
  const { longPrompt } = price;
  return longPrompt && promptTokens(usage) > longPrompt.aboveTokens ? longPrompt : price;
}

/** The same text whatever the order of keys: jsonb keeps them in an order of its own. */
function canonicalJson(content: unknown): string {
  return JSON.stringify(content, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
