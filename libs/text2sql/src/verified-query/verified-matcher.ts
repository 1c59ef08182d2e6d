import { Injectable } from '@nestjs/common';
import { sqlName } from '../context/identifiers';
import type { Catalog } from '../data-source/catalog';
import type { DataSourceRecord } from '../data-source/data-source.record';
import { SqlExecutor } from '../execution/sql-executor';
import type { Book, Reading } from './verified-book';
import type { BoundValue, VerifiedMatch } from './verified-query';
import { findColumn } from './verified-query-input';

const LOOK_UP_TIMEOUT_MS = 500;

/** Where a text's value may be looked up, and for how long. */
export interface MatchPlace {
  readonly record: DataSourceRecord;
  readonly catalog: Catalog;
  readonly signal?: AbortSignal;
}

/** Finds the one verified query that a question is. Several that differ are as good as none: the model decides then. */
@Injectable()
export class VerifiedMatcher {
  constructor(private readonly executor: SqlExecutor) {}

  async match(book: Book, question: string, place: MatchPlace): Promise<VerifiedMatch | undefined> {
    const matches: VerifiedMatch[] = [];
    for (const reading of book.readings(question)) {
      const match = await this.confirm(reading, place);
      if (match) matches.push(match);
    }
    const [first, ...others] = matches;
    return others.every((other) => isSame(other, first)) ? first : undefined;
  }

  private async confirm({ query, values }: Reading, place: MatchPlace): Promise<VerifiedMatch | undefined> {
    const bound: BoundValue[] = [];
    for (const { plausible, ...value } of values) {
      const path = query.parameters.find(({ name }) => name === value.name)?.column;
      const known = path === undefined ? undefined : await this.lookUp(path, value.value, place);
      // What is not among the column's values would answer with an empty result, and be sure of it.
      const isMissing = path !== undefined && value.type === 'text' && known === undefined;
      if (isMissing || (known === undefined && !plausible)) return undefined;
      bound.push({ ...value, value: known ?? value.value });
    }
    return { query, values: bound };
  }

  /** The value as its column spells it. Undefined when it is not there, in several spellings, or not found soon. */
  private async lookUp(
    path: string,
    value: string,
    { record, catalog, signal }: MatchPlace,
  ): Promise<string | undefined> {
    const found = findColumn(catalog, path);
    if (!found) return undefined;
    const column = sqlName(found.column);
    const table = `${sqlName(found.table.schema)}.${sqlName(found.table.name)}`;
    const sql = `SELECT DISTINCT ${column}::text FROM ${table} WHERE lower(${column}::text) = lower($1)`;
    const params = [{ value, type: 'text' }];
    const options = { params, maxRows: 10, signal, statementTimeoutMs: LOOK_UP_TIMEOUT_MS };
    const result = await this.executor.run(record, sql, options).catch(() => undefined);
    const spellings = (result?.rows ?? []).map((row) => (JSON.parse(row) as string[])[0] ?? '');
    return spellings.find((spelling) => spelling === value) ?? (spellings.length === 1 ? spellings[0] : undefined);
  }
}

function isSame(left: VerifiedMatch, right: VerifiedMatch | undefined): boolean {
  return left.query.sql === right?.query.sql && JSON.stringify(left.values) === JSON.stringify(right.values);
}
