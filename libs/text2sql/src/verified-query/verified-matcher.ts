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

/** The value as a column spells it; undefined when it is not there, or stored in several spellings. */
export type LookUp = (column: string, value: string) => Promise<string | undefined>;

/** The one verified query that a question is. Several that differ are as good as none: the model decides then. */
export async function matchQuestion(book: Book, question: string, lookUp: LookUp): Promise<VerifiedMatch | undefined> {
  const matches: VerifiedMatch[] = [];
  for (const reading of book.readings(question)) {
    const match = await confirmed(reading, lookUp);
    if (match) matches.push(match);
  }
  const [first, ...others] = matches;
  return others.every((other) => isSame(other, first)) ? first : undefined;
}

async function confirmed({ query, values }: Reading, lookUp: LookUp): Promise<VerifiedMatch | undefined> {
  const bound: BoundValue[] = [];
  for (const { plausible, orElse, ...value } of values) {
    const path = query.parameters.find(({ name }) => name === value.name)?.column;
    const known = path === undefined ? undefined : await firstKnown([value.value, ...orElse], path, lookUp);
    // What is not among the column's values would answer with an empty result, and be sure of it.
    const isMissing = path !== undefined && value.type === 'text' && known === undefined;
    if (isMissing || (known === undefined && !plausible)) return undefined;
    bound.push({ ...value, value: known ?? value.value });
  }
  return { query, values: bound };
}

async function firstKnown(values: readonly string[], path: string, lookUp: LookUp): Promise<string | undefined> {
  for (const value of values) {
    const known = await lookUp(path, value);
    if (known !== undefined) return known;
  }
  return undefined;
}

/** Looks values up in the data source itself. */
@Injectable()
export class VerifiedMatcher {
  constructor(private readonly executor: SqlExecutor) {}

  match(book: Book, question: string, place: MatchPlace): Promise<VerifiedMatch | undefined> {
    return matchQuestion(book, question, (column, value) => this.lookUp(column, value, place));
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
