import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { divideUp, NANO_PER_USD } from './money';
import { parsePrices, type ModelPrice, type PriceList, type Rates } from './price-list';
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
    const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 8);
    this.version = `${list.version}-${hash}`;
    this.models = new Map(list.models.map((model) => [model.id, model]));
  }

  /** Throws an Error that names each wrong field when the content is malformed. */
  static parse(content: unknown): PriceTable {
    return new PriceTable(parsePrices(content), content);
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
    const rates = ratesFor(this.get(model), usage);
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
