import type { Catalog, CatalogTable } from '../data-source/catalog';

/** The tables whose names stand in a text, such as SQL that did not parse; at most as many as a query joins. */
export function tablesNamedIn(text: string, catalog: Catalog, most = 12): CatalogTable[] {
  const words = new Set(text.toLowerCase().match(/[\p{L}_][\p{L}\p{N}_$]*/gu) ?? []);
  return catalog.tables
    .filter(({ name }) => words.has(name.toLowerCase()) || (/[^\p{L}\p{N}_$]/u.test(name) && text.includes(name)))
    .slice(0, most);
}
