import { Injectable } from '@nestjs/common';
import { sqlName } from '../context/identifiers';
import { quoted } from '../context/quoted';
import { tableName } from '../context/schema-text';
import type { Catalog } from '../data-source/catalog';
import type { DataSourceRecord } from '../data-source/data-source.record';
import type { ResultSet } from '../execution/sql-executor';
import type { ColumnName, GuardVerdict } from '../guard/guard-verdict';
import { SqlGuard } from '../guard/sql-guard';
import type { TextFilter } from '../guard/text-filters';
import { type UnknownLiteral, unknownLiterals } from '../values/unknown-literals';
import { NO_TEXTS, type ValueMatch, valueMatch } from '../values/value-match';
import { ValueStore } from '../values/value-store';

const MOST_LITERALS = 6;

/** Doubts a result without rows whose SQL looks for texts that, as far as is known, are not stored where it looks. */
@Injectable()
export class ValueDoubts {
  constructor(
    private readonly guard: SqlGuard,
    private readonly values: ValueStore,
  ) {}

  /** The texts that the SQL compares with columns. */
  async filtersOf(verdict: GuardVerdict, catalog: Catalog): Promise<TextFilter[]> {
    const filters = await this.guard.textFilters(verdict);
    return filters.map((filter) => {
      const ignoresCase = filter.ignoresCase || filter.columns.some((column) => isCaseless(column, catalog));
      return { ...filter, ignoresCase };
    });
  }

  /** How the texts that the SQL looks for stand to the stored values. */
  async matchOf(record: DataSourceRecord, catalog: Catalog, verdict: GuardVerdict): Promise<ValueMatch> {
    const filters = await this.filtersOf(verdict, catalog);
    return filters.length > 0 ? valueMatch(await this.values.read(record, catalog), filters) : NO_TEXTS;
  }

  /** What the model is told of it; undefined when there is nothing to doubt. */
  async complaintOf(
    record: DataSourceRecord,
    catalog: Catalog,
    verdict: GuardVerdict,
    result: ResultSet,
  ): Promise<string | undefined> {
    if (!foundNothing(result)) return undefined;
    const filters = await this.filtersOf(verdict, catalog);
    if (filters.length === 0) return undefined;
    const unknown = unknownLiterals(await this.values.read(record, catalog), filters);
    return unknown.length > 0 ? complaint(catalog, unknown.slice(0, MOST_LITERALS)) : undefined;
  }
}

/** Whether the type of a column itself takes "zurich" for "Zurich". */
function isCaseless(column: ColumnName, { tables }: Catalog): boolean {
  const table = tables.find(({ schema, name }) => schema === column.schema && name === column.table);
  const type = table?.columns.find(({ name }) => name === column.name)?.type ?? '';
  return /(?:^|\.)citext$/.test(type);
}

/** No rows, or one that counts or sums up nothing. */
export function foundNothing({ rows, rowCount }: ResultSet): boolean {
  if (rowCount !== 1) return rowCount === 0;
  const cells = JSON.parse(rows[0] ?? '[]') as unknown[];
  return cells.every(
    (cell) => cell === null || cell === 0 || (typeof cell === 'string' && /^-?0+(?:\.0+)?$/.test(cell)),
  );
}

function complaint(catalog: Catalog, unknown: readonly UnknownLiteral[]): string {
  const lines = unknown.map(({ column, text, near, elsewhere }) => {
    const values = near.length > 0 ? ` Stored there: ${near.map((value) => quoted(value)).join(', ')}.` : '';
    const places = elsewhere.map((place) => nameOf(catalog, place)).join(', ');
    return `- ${quoted(text)} is not known in ${nameOf(catalog, column)}.${values}${places ? ` It is stored in ${places}.` : ''}`;
  });
  return `Your SQL ran and found nothing. It looks for texts that are spelt otherwise in the data, or stand elsewhere:\n${lines.join('\n')}
Answer the same question again, in the same form: with the stored spelling where one of these is meant, else with the same SQL. The question is repeated below.`;
}

function nameOf(catalog: Catalog, { schema, table, column }: UnknownLiteral['column']): string {
  return `${tableName(catalog, { schema, name: table })}.${sqlName(column)}`;
}
