import { indexTokens } from '@memori/text';
import type { Catalog, CatalogTable } from '../data-source/catalog';
import type { PromptMeter } from './prompt-meter';
import { type SchemaDetail, showableTables, tableName, tableText, tableTextOf } from './schema-text';

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
const MOST_NAMES = 200;
/** No schema has so few tokens for its length. */
const MOST_CHARACTERS_PER_TOKEN = 20;

/** Every table with everything about it. */
export function wholeSchema(catalog: Catalog, meter: PromptMeter): SchemaPart {
  const tables = showableTables(catalog);
  return partOf(
    catalog,
    tables,
    [],
    'full',
    meter,
    tables.map((table) => tableText(catalog, table, 'full')),
  );
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
  const forTables = budget * 0.9;
  for (const detail of DETAILS) {
    const fitting = tablesThatFit(catalog, byRelevance, detail, forTables, meter);
    const isLast = detail === 'names-and-types';
    if (fitting.length >= Math.min(ENOUGH_TABLES, byRelevance.length) || (isLast && fitting.length > 0))
      return inCatalogOrder(catalog, fitting, detail, budget, meter);
  }
  const [best] = byRelevance;
  return best ? onlySomeColumns(catalog, best, question, forTables, meter) : partOf(catalog, [], [], 'full', meter, []);
}

interface Fitting {
  readonly table: CatalogTable;
  readonly text: string;
}

function tablesThatFit(
  catalog: Catalog,
  tables: readonly CatalogTable[],
  detail: SchemaDetail,
  budget: number,
  meter: PromptMeter,
): Fitting[] {
  let used = 0;
  return tables.flatMap((table) => {
    const text = tableText(catalog, table, detail);
    const tokens = meter.tokens(text);
    if (used + tokens > budget) return [];
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

/** One table whose columns alone are too much: its keys and those that the question speaks of first. */
function onlySomeColumns(
  catalog: Catalog,
  table: CatalogTable,
  question: string,
  budget: number,
  meter: PromptMeter,
): SchemaPart {
  const asked = new Set(indexTokens(question));
  const keys = new Set([...table.primaryKey, ...table.foreignKeys.flatMap(({ columns }) => columns)]);
  const score = (name: string, comment: string | null) =>
    (keys.has(name) ? 1 : 0) + indexTokens(`${name} ${comment ?? ''}`).filter((token) => asked.has(token)).length * 2;
  const ranked = table.columns
    .map((column) => ({ column, score: score(column.name, column.comment) }))
    .sort((a, b) => b.score - a.score);
  for (let count = ranked.length; count > 0; count = Math.floor(count * 0.8)) {
    const chosen = new Set(ranked.slice(0, count).map(({ column }) => column));
    const columns = table.columns.filter((column) => chosen.has(column));
    const text = tableTextOf(catalog, table, 'names-and-types', columns);
    const hidden = showableTables(catalog).filter((other) => other !== table);
    if (meter.tokens(text) <= budget || count === 1)
      return partOf(catalog, [table], hidden, 'names-and-types', meter, [text]);
  }
  return partOf(catalog, [], showableTables(catalog), 'names-and-types', meter, []);
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
    isWhole: hidden.length === 0 && detail === 'full',
    detail,
    shown: shown.map((table) => tableName(catalog, table)),
    leftOut: hidden.map((table) => tableName(catalog, table)),
  };
}
