import type { GoldRunner } from '@memori/golds';
import {
  labelsOf,
  offeredValues,
  ValueIndex,
  type Catalog,
  type CatalogTable,
  type ColumnValues,
  type TextFilter,
} from '@memori/text2sql';

/** Of one question: the texts of its gold that are stored values, and which of them it was offered. */
export interface OfferedLiterals {
  readonly stored: readonly string[];
  readonly missed: readonly string[];
}

/** The values of a database as a data source would keep them, and what is really stored there. */
export class SourceValues {
  private readonly indexes = new WeakMap<Catalog, Promise<ValueIndex>>();
  private readonly known = new Map<string, boolean>();

  constructor(
    private readonly columns: readonly ColumnValues[],
    private readonly runner: GoldRunner,
  ) {}

  /** As a data source with this catalogue has it. */
  index(catalog: Catalog): Promise<ValueIndex> {
    const index = this.indexes.get(catalog) ?? this.make(catalog);
    this.indexes.set(catalog, index);
    return index;
  }

  /** How the question is helped to the texts of its gold. Patterns, and texts that nobody stored, count neither way. */
  async judge(
    question: string,
    filters: readonly TextFilter[],
    catalog: Catalog,
    tables: readonly CatalogTable[],
  ): Promise<OfferedLiterals> {
    const offered = offeredValues(await this.index(catalog), question, catalog, tables).map(({ value }) => value);
    const stored: string[] = [];
    const missed: string[] = [];
    for (const filter of filters) {
      if (filter.kind !== 'value' || !(await this.isStored(filter))) continue;
      stored.push(filter.text);
      const fold = (text: string) => (filter.ignoresCase ? text.toLowerCase() : text);
      if (!offered.some((value) => fold(value) === fold(filter.text))) missed.push(filter.text);
    }
    return { stored, missed };
  }

  private make(catalog: Catalog): Promise<ValueIndex> {
    const tables = new Set(catalog.tables.map(({ schema, name }) => JSON.stringify([schema, name])));
    const own = this.columns.filter(({ schema, table }) => tables.has(JSON.stringify([schema, table])));
    return ValueIndex.build([...own, ...labelsOf(catalog)]);
  }

  /** Asked of the database itself: the index does not decide what it should have held. */
  private async isStored(filter: TextFilter): Promise<boolean> {
    for (const column of filter.columns) {
      const key = JSON.stringify([column, filter.text, filter.ignoresCase]);
      if (!this.known.has(key)) this.known.set(key, await this.look(column, filter));
      if (this.known.get(key)) return true;
    }
    return false;
  }

  private async look({ schema, table, name }: TextFilter['columns'][number], filter: TextFilter): Promise<boolean> {
    const [column, text] = [`${identifier(name)}::text`, literal(filter.text)];
    const equals = filter.ignoresCase ? `lower(${column}) = lower(${text})` : `${column} = ${text}`;
    const sql = `SELECT 1 FROM ${identifier(schema)}.${identifier(table)} WHERE ${equals} LIMIT 1`;
    return ((await this.runner.tryRun(sql))?.rows.length ?? 0) > 0;
  }
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
