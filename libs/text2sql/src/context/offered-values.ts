import type { Catalog, CatalogTable } from '../data-source/catalog';
import { findValues, type FoundValue } from '../values/find-values';
import type { IndexedColumn, ValueIndex } from '../values/value-index';
import { chosenValues } from './values-part';

const MOST_VALUES = 100;

/** The stored values that one question may speak of. Tables are looked through once, however often a prompt is laid out. */
export class QuestionValues {
  private readonly found = new Map<readonly CatalogTable[], FoundValue[]>();

  constructor(
    readonly index: ValueIndex,
    private readonly question: string,
  ) {}

  /** Those of some tables, the surest first. */
  in(tables: readonly CatalogTable[]): FoundValue[] {
    const known = this.found.get(tables) ?? valuesIn(this.index, this.question, tables);
    this.found.set(tables, known);
    return known;
  }
}

function valuesIn(index: ValueIndex, question: string, tables: readonly CatalogTable[]): FoundValue[] {
  const names = new Set(tables.map(({ schema, name }) => JSON.stringify([schema, name])));
  const accept = ({ schema, table }: IndexedColumn) => names.has(JSON.stringify([schema, table]));
  return findValues(index, question, { accept, lists: true, most: MOST_VALUES });
}

/** Those of them that a prompt with room offers. */
export function offeredValues(
  index: ValueIndex,
  question: string,
  catalog: Catalog,
  tables: readonly CatalogTable[],
): FoundValue[] {
  const { spellings, listed } = chosenValues(catalog, valuesIn(index, question, tables));
  return [...spellings, ...listed].flat();
}
