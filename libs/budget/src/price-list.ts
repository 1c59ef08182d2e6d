import type { FieldError } from '@memori/errors';
import { nanoFromDecimal } from './money';

/** Nano-dollars for a million tokens of each kind. */
export interface Rates {
  readonly input: bigint;
  readonly output: bigint;
  readonly cacheWrite5m: bigint;
  readonly cacheWrite1h: bigint;
  readonly cacheRead: bigint;
}

export interface ModelPrice extends Rates {
  readonly id: string;
  /** Other rates for the whole call once its prompt is longer than `aboveTokens`. */
  readonly longPrompt?: Rates & { readonly aboveTokens: number };
  readonly contextTokens: number;
  readonly maxOutputTokens: number;
  readonly smallestCacheablePrefix: number;
  /** Last day (UTC) on which the provider answers for it. */
  readonly callableUntil?: string;
}

export interface PriceList {
  readonly version: string;
  /** Share of the price that a batch costs, times a billion. */
  readonly batchFactor: bigint;
  readonly models: readonly ModelPrice[];
}

type Json = Readonly<Record<string, unknown>>;

const KINDS = ['input', 'output', 'cacheWrite5m', 'cacheWrite1h', 'cacheRead'] as const;

/** Thrown for a malformed price list; `errors` names every wrong field by its JSON pointer. */
export class PriceListError extends Error {
  constructor(readonly errors: readonly FieldError[]) {
    const lines = errors.map(({ pointer, message }) => `${pointer || '/'}: ${message}`);
    super(`The price list is not usable:\n  ${lines.join('\n  ')}`);
    this.name = 'PriceListError';
  }
}

/** What of a price list counts. The rest (comments, what an answer added) is no part of its version. */
export function contentOf(content: unknown): unknown {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return content;
  const { version, batchFactor, models } = content as Json;
  return { version, batchFactor, models };
}

/** Reads a price list. Throws one PriceListError that names every wrong field: half a price list is none. */
export function parsePrices(content: unknown): PriceList {
  const wrong: FieldError[] = [];
  const root = objectAt(content, '', wrong);
  const version =
    typeof root.version === 'string' && root.version ? root.version : fail('/version', 'a text', '', wrong);
  const batchFactor = decimal(root.batchFactor, '/batchFactor', wrong);
  const rows =
    Array.isArray(root.models) && root.models.length > 0 ? root.models : fail('/models', 'a list', [], wrong);
  const models = rows.map((row: unknown, index) => parseModel(row, `/models/${index}`, wrong));
  const ids = models.map(({ id }) => id);
  if (new Set(ids).size !== ids.length) wrong.push({ pointer: '/models', message: 'an id stands twice' });
  if (wrong.length > 0) throw new PriceListError(wrong);
  return { version, batchFactor, models };
}

function parseModel(content: unknown, at: string, wrong: FieldError[]): ModelPrice {
  const row = objectAt(content, at, wrong);
  const until = row.callableUntil;
  if (until !== undefined && !isDay(until))
    wrong.push({ pointer: `${at}/callableUntil`, message: 'a day, YYYY-MM-DD' });
  return {
    ...ratesAt(row, at, wrong),
    id: typeof row.id === 'string' && row.id ? row.id : fail(`${at}/id`, 'a text', '', wrong),
    ...(row.longPrompt !== undefined && { longPrompt: longPromptAt(row.longPrompt, `${at}/longPrompt`, wrong) }),
    contextTokens: count(row.contextTokens, `${at}/contextTokens`, wrong),
    maxOutputTokens: count(row.maxOutputTokens, `${at}/maxOutputTokens`, wrong),
    smallestCacheablePrefix: count(row.smallestCacheablePrefix, `${at}/smallestCacheablePrefix`, wrong),
    ...(typeof until === 'string' && { callableUntil: until }),
  };
}

function longPromptAt(content: unknown, at: string, wrong: FieldError[]): Rates & { aboveTokens: number } {
  const row = objectAt(content, at, wrong);
  return { ...ratesAt(row, at, wrong), aboveTokens: count(row.aboveTokens, `${at}/aboveTokens`, wrong) };
}

function ratesAt(row: Json, at: string, wrong: FieldError[]): Rates {
  const rates = KINDS.map((kind) => [kind, decimal(row[kind], `${at}/${kind}`, wrong)] as const);
  for (const [kind, rate] of rates) if (rate === 0n) wrong.push({ pointer: `${at}/${kind}`, message: 'more than 0' });
  return Object.fromEntries(rates) as unknown as Rates;
}

function decimal(value: unknown, at: string, wrong: FieldError[]): bigint {
  const nano = typeof value === 'string' ? nanoFromDecimal(value) : undefined;
  return nano ?? fail(at, 'a decimal number as text, like "2.50"', 1n, wrong);
}

function count(value: unknown, at: string, wrong: FieldError[]): number {
  return Number.isSafeInteger(value) && Number(value) > 0
    ? Number(value)
    : fail(at, 'a whole number above 0', 1, wrong);
}

function objectAt(value: unknown, at: string, wrong: FieldError[]): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  return fail(at, 'an object', {}, wrong);
}

function isDay(value: unknown): boolean {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value));
}

function fail<T>(pointer: string, message: string, instead: T, wrong: FieldError[]): T {
  wrong.push({ pointer, message });
  return instead;
}
