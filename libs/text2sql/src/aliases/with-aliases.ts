import type { Catalog, CatalogColumn, CatalogTable } from '../data-source/catalog';
import type { StoredAlias } from './alias.repository';

/** The catalogue with what people call its tables and columns. Its version stays: queries do not depend on this. */
export function withAliases(catalog: Catalog, stored: readonly StoredAlias[]): Catalog {
  if (stored.length === 0) return catalog;
  const byPlace = new Map<string, string[]>();
  for (const { schema, table, column, aliases } of stored) {
    const place = placeOf(schema, table, column);
    byPlace.set(place, [...(byPlace.get(place) ?? []), ...aliases]);
  }
  return { ...catalog, tables: catalog.tables.map((table) => tableWith(table, byPlace)) };
}

function tableWith(table: CatalogTable, byPlace: ReadonlyMap<string, string[]>): CatalogTable {
  const aliasesOf = (column: string) => byPlace.get(placeOf(table.schema, table.name, column));
  const columns = table.columns.map((column): CatalogColumn => ({ ...column, ...named(aliasesOf(column.name)) }));
  return { ...table, columns, ...named(aliasesOf('')) };
}

function named(aliases: string[] | undefined): { aliases?: string[] } {
  return aliases ? { aliases } : {};
}

function placeOf(schema: string, table: string, column: string): string {
  return JSON.stringify([schema, table, column]);
}
