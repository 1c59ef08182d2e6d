import type { Catalog, CatalogTable } from '../data-source/catalog';
import { findValues, type FoundValue } from './find-values';
import type { ValueIndex } from './value-index';

/** How strongly values that a question names speak for each table, 0 to 1 a table; tables without any are left out. */
export type TableEvidence = ReadonlyMap<CatalogTable, number>;

/** What a likeness is worth as evidence: half a name or the letter of a code is in many tables. */
const WORTH: Readonly<Record<FoundValue['how'], number>> = {
  same: 1,
  form: 0.8,
  typo: 0.5,
  short: 0.4,
  part: 0.5,
  column: 0,
};
const LEAST_SCORE = 0.4;
/** All places of a value count, since how many there are tells what it is worth. */
const MOST_LOOKED_AT = 2000;

/**
 * The tables that hold what a question names. A value in many tables says little about each: it counts by the inverse of
 * their number, to the power of one half. Each phrase of the question counts once for a table, by its best value.
 */
export function valueEvidence(index: ValueIndex, question: string, catalog: Catalog): TableEvidence {
  return evidenceOf(findValues(index, question, { most: MOST_LOOKED_AT }), catalog);
}

/** The same of values that were found already, the surest first. */
export function evidenceOf(found: readonly FoundValue[], catalog: Catalog): TableEvidence {
  const byPhrase = new Map<string, Map<string, number>>();
  for (const { schema, table, score, how, asked } of found.slice(0, MOST_LOOKED_AT)) {
    const worth = score >= LEAST_SCORE ? score * WORTH[how] : 0;
    const tables = byPhrase.get(asked) ?? new Map<string, number>();
    byPhrase.set(asked, tables);
    const place = placeOf(schema, table);
    if (worth > (tables.get(place) ?? 0)) tables.set(place, worth);
  }
  const sums = new Map<string, number>();
  for (const tables of byPhrase.values())
    for (const [place, worth] of tables) sums.set(place, (sums.get(place) ?? 0) + worth / Math.sqrt(tables.size));
  const evidence = catalog.tables.map((table) => [table, sums.get(placeOf(table.schema, table.name)) ?? 0] as const);
  return new Map(evidence.filter(([, sum]) => sum > 0).map(([table, sum]) => [table, Math.min(1, sum)]));
}

function placeOf(schema: string, table: string): string {
  return JSON.stringify([schema, table]);
}
