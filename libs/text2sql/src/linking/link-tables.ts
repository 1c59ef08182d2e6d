import type { Catalog, CatalogTable } from '../data-source/catalog';
import { type RankedTable, type RankOptions, rankTables } from './rank-tables';

/** Tables that are taken by their own score; the others join by foreign keys first. */
const KEPT_BY_SCORE = 8;
const DEFAULT_MAX_TABLES = 10;

/**
 * The tables that a question is likely about, the surest first: the eight best, then those that foreign keys tie to
 * them, by number of links and score, then the rest by score, up to `maxTables`.
 */
export function linkTables(
  question: string,
  catalog: Catalog,
  options: { readonly maxTables?: number } & RankOptions = {},
): CatalogTable[] {
  const { maxTables = DEFAULT_MAX_TABLES } = options;
  const ranked = rankTables(question, catalog, options);
  // When the letters tell nothing at all (a Chinese question over English names), the best connected tables stand in.
  const isBlind = !((ranked[0]?.score ?? 0) > 0);
  const scored = isBlind ? ranked : ranked.filter(({ score }) => score > 0);
  const kept = scored.slice(0, Math.min(KEPT_BY_SCORE, maxTables));
  const links = linksTo(new Set(kept.map(({ table }) => table)), catalog);
  const rest = ranked.slice(kept.length);
  const neighbours = rest
    .filter(({ table }) => links.has(table))
    .sort((left, right) => (links.get(right.table) ?? 0) - (links.get(left.table) ?? 0) || right.score - left.score);
  const others = rest.filter(({ table, score }) => !links.has(table) && (score > 0 || isBlind));
  return tablesOf([...kept, ...neighbours, ...others]).slice(0, maxTables);
}

/** How many foreign keys tie each other table to one of these, in either direction. */
function linksTo(kept: ReadonlySet<CatalogTable>, catalog: Catalog): Map<CatalogTable, number> {
  const byName = new Map(catalog.tables.map((table) => [nameOf(table.schema, table.name), table]));
  const links = new Map<CatalogTable, number>();
  const count = (table: CatalogTable) => links.set(table, (links.get(table) ?? 0) + 1);
  for (const table of catalog.tables) {
    for (const key of table.foreignKeys) {
      const target = byName.get(nameOf(key.schema, key.table));
      if (!target || target === table) continue;
      if (kept.has(table) && !kept.has(target)) count(target);
      if (kept.has(target) && !kept.has(table)) count(table);
    }
  }
  return links;
}

function nameOf(schema: string, name: string): string {
  return JSON.stringify([schema, name]);
}

function tablesOf(ranked: readonly RankedTable[]): CatalogTable[] {
  return ranked.map(({ table }) => table);
}
