import type { Catalog, CatalogTable } from '../data-source/catalog';
import type { PromptMeter } from './prompt-meter';
import { someColumns } from './some-columns';
import { type SchemaDetail, showableTables, tableName, tableText } from './schema-text';

/** The part of a prompt that shows tables. */
export interface SchemaPart {
  readonly text: string;
  readonly tokens: number;
  readonly isWhole: boolean;
  readonly detail: SchemaDetail;
  readonly shown: readonly string[];
  readonly leftOut: readonly string[];
}

const DETAILS: readonly SchemaDetail[] = ['full', 'without-samples', 'names-and-types'];
/** With fewer tables than this a join is out of reach: rather less about each. */
const ENOUGH_TABLES = 4;
/** The tables nearest to the question are shown in part rather than not at all. */
const NEVER_LEFT_OUT = 3;
/** Of the room for tables, what a single one may take before its columns are cut. */
const MOST_OF_ONE_TABLE = 0.5;
const MOST_NAMES = 200;
/** No schema has so few tokens for its length. */
const MOST_CHARACTERS_PER_TOKEN = 20;

/** Every table with everything about it. */
export function wholeSchema(catalog: Catalog, meter: PromptMeter): SchemaPart {
  const tables = showableTables(catalog);
  const texts = tables.map((table) => tableText(catalog, table, 'full'));
  return { ...partOf(catalog, tables, [], 'full', meter, texts), isWhole: true };
}

/**
 * As much of the schema as fits: tables in the order of their relevance, as they stand in the catalogue. What is left
 * out is named, as far as there is room, so that the model knows that it exists.
 */
export function linkedSchema(
  catalog: Catalog,
  byRelevance: readonly CatalogTable[],
  question: string,
  budget: number,
  meter: PromptMeter,
): SchemaPart {
  for (const detail of DETAILS) {
    const fitting = tablesThatFit(catalog, byRelevance, detail, { question, budget: budget * 0.9, meter });
    const isEnough = fitting.length >= Math.min(ENOUGH_TABLES, byRelevance.length);
    if (isEnough || detail === 'names-and-types') return inCatalogOrder(catalog, fitting, detail, budget, meter);
  }
  throw new Error('The last detail is always taken.');
}

interface Fitting {
  readonly table: CatalogTable;
  readonly text: string;
}

function tablesThatFit(
  catalog: Catalog,
  tables: readonly CatalogTable[],
  detail: SchemaDetail,
  { question, budget, meter }: { question: string; budget: number; meter: PromptMeter },
): Fitting[] {
  let used = 0;
  return tables.flatMap((table, rank) => {
    const whole = tableText(catalog, table, detail);
    const isTooWide = rank < NEVER_LEFT_OUT && meter.tokens(whole) > budget * MOST_OF_ONE_TABLE;
    const share = Math.min(budget - used, budget * MOST_OF_ONE_TABLE);
    const text = isTooWide ? someColumns(catalog, table, question, share, meter) : whole;
    const tokens = text === undefined ? Infinity : meter.tokens(text);
    if (text === undefined || used + tokens > budget) return [];
    used += tokens;
    return [{ table, text }];
  });
}

function inCatalogOrder(
  catalog: Catalog,
  fitting: readonly Fitting[],
  detail: SchemaDetail,
  budget: number,
  meter: PromptMeter,
): SchemaPart {
  const text = new Map(fitting.map((entry) => [entry.table, entry.text]));
  const all = showableTables(catalog);
  const shown = all.filter((table) => text.has(table));
  const hidden = all.filter((table) => !text.has(table));
  const texts = shown.map((table) => text.get(table) ?? '');
  const left = budget - meter.tokens(texts.join('\n'));
  return partOf(catalog, shown, hidden, detail, meter, [...texts, ...hiddenNames(catalog, hidden, left, meter)]);
}

function hiddenNames(catalog: Catalog, hidden: readonly CatalogTable[], budget: number, meter: PromptMeter): string[] {
  for (let count = Math.min(hidden.length, MOST_NAMES); count > 0; count = Math.floor(count / 2)) {
    const names = hidden.slice(0, count).map((table) => tableName(catalog, table));
    const rest = hidden.length > count ? ` and ${hidden.length - count} more` : '';
    const line = `-- Other tables, whose columns are not shown: ${names.join(', ')}${rest}`;
    if (meter.tokens(line) <= budget) return [line];
  }
  return [];
}

function partOf(
  catalog: Catalog,
  shown: readonly CatalogTable[],
  hidden: readonly CatalogTable[],
  detail: SchemaDetail,
  meter: PromptMeter,
  texts: readonly string[],
): SchemaPart {
  const text = texts.join('\n');
  return {
    text,
    // Counting what cannot fit anyway would only take time.
    tokens: text.length > meter.limit * MOST_CHARACTERS_PER_TOKEN ? Infinity : meter.tokens(text),
    isWhole: false,
    detail,
    shown: shown.map((table) => tableName(catalog, table)),
    leftOut: hidden.map((table) => tableName(catalog, table)),
  };
}
