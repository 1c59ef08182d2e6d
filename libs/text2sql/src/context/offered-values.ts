import type { Catalog, CatalogTable } from '../data-source/catalog';
import { findValues, type FoundValue } from '../values/find-values';
import { evidenceOf, type TableEvidence, valueEvidence } from '../values/value-evidence';
import type { ValueIndex } from '../values/value-index';
import { chosenValues } from './values-part';

const MOST_VALUES = 100;

/** The stored values that one question may speak of. Tables are looked through once, however often a prompt is laid out. */
export class QuestionValues {
  private readonly found = new Map<readonly CatalogTable[], FoundValue[]>();
  private everything: readonly FoundValue[] | undefined;

  constructor(
    readonly index: ValueIndex,
    private readonly question: string,
  ) {}

  /** Those of some tables, the surest first. */
  in(tables: readonly CatalogTable[]): FoundValue[] {
    const known = this.found.get(tables) ?? valuesOf(tables, this.all());
    this.found.set(tables, known);
    return known;
  }

  /** What they say about the tables. `asked` may be more than the question: what was said before it. */
  evidence(asked: string, catalog: Catalog): TableEvidence {
    if (asked !== this.question) return valueEvidence(this.index, asked, catalog);
    return evidenceOf(
      this.all().filter(({ how }) => how !== 'column'),
      catalog,
    );
  }

  /** Looked for once: it is what a long question costs. */
  private all(): readonly FoundValue[] {
    return (this.everything ??= findValues(this.index, this.question, { lists: true, most: Infinity }));
  }
}

function valuesOf(tables: readonly CatalogTable[], found: readonly FoundValue[]): FoundValue[] {
  const names = new Set(tables.map(({ schema, name }) => JSON.stringify([schema, name])));
  return found.filter(({ schema, table }) => names.has(JSON.stringify([schema, table]))).slice(0, MOST_VALUES);
}

/** Those of them that a prompt with room offers. */
export function offeredValues(
  index: ValueIndex,
  question: string,
  catalog: Catalog,
  tables: readonly CatalogTable[],
): FoundValue[] {
  const { spellings, listed } = chosenValues(catalog, new QuestionValues(index, question).in(tables));
  return [...spellings, ...listed].flat();
}
