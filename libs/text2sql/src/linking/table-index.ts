import { foldLetters, nameTokens, splitIdentifier } from '@memori/text';
import type { Catalog, CatalogColumn, CatalogTable } from '../data-source/catalog';
import { AliasDictionary } from './alias-dictionary';
import { TermIndex } from './term-index';
import { trigramsOf } from './trigrams';
import { WholeAliases } from './whole-aliases';

const NAME_WEIGHT = 3;
const PART_WEIGHT = 2;
/** Values say which column a word such as "Berlin" belongs to; a long list of them would drown its name. */
const MAX_VALUES = 20;

/** What ranking needs to know of a catalogue, made once for each. */
export interface TableIndex {
  readonly tables: readonly CatalogTable[];
  readonly tableTerms: TermIndex;
  readonly columnTerms: TermIndex;
  /** The number of the table of each column. */
  readonly columnTables: readonly number[];
  readonly schemaTerms: TermIndex;
  /** The number of the schema of each table. */
  readonly tableSchemas: readonly number[];
  readonly dictionary: AliasDictionary;
  readonly wholeAliases: WholeAliases;
  readonly nameTrigrams: readonly ReadonlySet<string>[];
  /** Foreign keys from and to each table. */
  readonly foreignKeyCounts: readonly number[];
}

const made = new WeakMap<Catalog, TableIndex>();

/** The index of a catalogue; catalogues are never changed, so the object itself is the key. */
export function tableIndexOf(catalog: Catalog): TableIndex {
  const known = made.get(catalog);
  if (known) return known;
  const index = makeTableIndex(catalog.tables);
  made.set(catalog, index);
  return index;
}

function makeTableIndex(tables: readonly CatalogTable[]): TableIndex {
  const documents = tables.map(tableTokens);
  const schemas = [...new Set(tables.map(({ schema }) => schema))];
  const tableSchemas = tables.map(({ schema }) => schemas.indexOf(schema));
  return {
    tables,
    tableTerms: new TermIndex(documents),
    columnTerms: new TermIndex(tables.flatMap(({ columns }) => columns.map(columnTokens))),
    columnTables: tables.flatMap(({ columns }, number) => columns.map(() => number)),
    schemaTerms: new TermIndex(
      schemas.map((_, schema) => documents.flatMap((tokens, table) => (tableSchemas[table] === schema ? tokens : []))),
    ),
    tableSchemas,
    dictionary: new AliasDictionary(tables.flatMap((table) => [table, ...table.columns])),
    wholeAliases: new WholeAliases(tables.map(({ aliases = [] }) => aliases)),
    nameTrigrams: tables.map(({ name }) => trigramsOf(foldLetters(name).replaceAll('_', ''))),
    foreignKeyCounts: foreignKeyCounts(tables),
  };
}

function foreignKeyCounts(tables: readonly CatalogTable[]): number[] {
  const numbers = new Map(tables.map(({ schema, name }, number) => [JSON.stringify([schema, name]), number]));
  const counts = tables.map(({ foreignKeys }) => foreignKeys.length);
  for (const { schema, table } of tables.flatMap(({ foreignKeys }) => foreignKeys)) {
    const target = numbers.get(JSON.stringify([schema, table]));
    if (target !== undefined) counts[target] = (counts[target] as number) + 1;
  }
  return counts;
}

function tableTokens(table: CatalogTable): string[] {
  const parts = splitIdentifier(table.name).flatMap(nameTokens);
  return [
    ...repeated(nameTokens(table.name).slice(0, 1), NAME_WEIGHT),
    ...repeated(parts, PART_WEIGHT),
    ...nameTokens(table.comment ?? ''),
    ...repeated((table.aliases ?? []).flatMap(nameTokens), PART_WEIGHT),
    ...table.columns.flatMap(({ name, comment, aliases = [] }) =>
      [name, comment ?? '', ...aliases].flatMap(nameTokens),
    ),
  ];
}

function columnTokens(column: CatalogColumn): string[] {
  const values = [...(column.enumValues ?? []), ...(column.samples ?? [])].slice(0, MAX_VALUES);
  return [
    ...repeated(nameTokens(column.name), PART_WEIGHT),
    ...nameTokens(column.comment ?? ''),
    ...(column.aliases ?? []).flatMap(nameTokens),
    ...new Set(values.flatMap(nameTokens)),
  ];
}

function repeated<T>(values: readonly T[], times: number): T[] {
  return Array.from({ length: times }, () => values).flat();
}
