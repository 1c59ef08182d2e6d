import { Injectable } from '@nestjs/common';
import { DatabaseError } from 'pg';
import { Env } from '@memori/config';
import { InvalidRequestError } from '@memori/errors';
import { textFault } from '@memori/text';
import { connectionFailure, isConnectionLoss } from '../data-source/connection-failure';
import { Connections } from '../data-source/connections';
import type { DataSourceRecord } from '../data-source/data-source.record';
import type { SourceClient } from '../data-source/source-client';
import { ColumnTypes, type NameRow, type TypeRow } from './column-types';
import { SqlCancelledError } from './execution.errors';
import { ExtendedQuery, type WireResult } from './extended-query';
import { type SqlParameter, wireParameter } from './parameters';
import { type PlanEstimate, planEstimate } from './plan-estimate';
import { beginReadOnly, END_READ_ONLY } from '../data-source/read-only-session';
import { renderRow, rendererOf } from './render/value-renderers';
import { beginFailure, sqlFailure, type StatementFacts } from './sql-failure';
import { watchStatement } from './watch-statement';

/** Rows of a query. Each row is JSON text and is passed on as such, so that no number is rounded. */
export interface ResultSet {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: string[];
  readonly rowCount: number;
  /** There are more rows than were asked for. */
  readonly truncated: boolean;
  readonly databaseMs: number;
}

export interface StatementOptions {
  readonly params?: readonly SqlParameter[];
  /** The asker's; UTC when absent. */
  readonly timeZone?: string;
  readonly signal?: AbortSignal;
  readonly statementTimeoutMs?: number;
}

export interface RunOptions extends StatementOptions {
  readonly maxRows: number;
  /** Sees what PostgreSQL plans before anything runs; nothing does when it throws. Costs no round trip. */
  readonly onPlan?: (plan: PlanEstimate) => void;
}

type Place = Pick<
  DataSourceRecord,
  'id' | 'tenantId' | 'connectionRevision' | 'schemas' | 'host' | 'port' | 'database'
>;
type Options = StatementOptions & Pick<Partial<RunOptions>, 'onPlan'> & { readonly prefixLength?: number };
type Statement<T> = (client: SourceClient, send: (query: ExtendedQuery) => Promise<WireResult>) => Promise<T>;

/** Such locks outlive a ROLLBACK. The guard refuses them; should one get here, its connection is not used again. */
const SESSION_LOCKS = /advisory|u&/i;

/** As text: the estimate of the whole stands in its first line, and no other line is fetched. */
const EXPLAIN = 'EXPLAIN ';
const MAX_PLAN_BYTES = 64 * 1024;

/** Runs one checked SELECT on a data source: read-only, within limits, values rendered as the contract says. */
@Injectable()
export class SqlExecutor {
  private readonly types = new ColumnTypes();

  constructor(
    private readonly connections: Connections,
    private readonly env: Env,
  ) {}

  /** Three round trips: begin (and the plan), the statement, and the end together with the names of the types. */
  async run(record: Place, sql: string, options: RunOptions): Promise<ResultSet> {
    const { maxRows } = options;
    const startedAt = performance.now();
    return this.inTransaction(record, sql, options, async (client, send) => {
      const parameters = (options.params ?? []).map(wireParameter);
      const result = await send(new ExtendedQuery(sql, parameters, maxRows + 1, this.env.MEMORI_MAX_RESULT_BYTES));
      const types = await this.endWithTypes(client, result);
      const databaseMs = performance.now() - startedAt;
      const renderers = types.map(rendererOf);
      const rows = result.rows.slice(0, maxRows).map((row) => renderRow(row, renderers));
      const columns = result.columns.map(({ name }, index) => ({ name, type: types[index]?.name ?? 'text' }));
      return { columns, rows, rowCount: rows.length, truncated: result.rows.length > maxRows, databaseMs };
    });
  }

  /** PostgreSQL's own check of syntax, names and types. Nothing runs. */
  async prepare(record: Place, sql: string, options: StatementOptions = {}): Promise<void> {
    await this.inTransaction(record, sql, options, async (client, send) => {
      await send(new ExtendedQuery(sql, (options.params ?? []).map(wireParameter), 0, MAX_PLAN_BYTES));
      await client.say(END_READ_ONLY);
    });
  }

  async explain(record: Place, sql: string, options: StatementOptions = {}): Promise<PlanEstimate> {
    const parameters = (options.params ?? []).map(wireParameter);
    const explained = { ...options, prefixLength: EXPLAIN.length };
    return this.inTransaction(record, sql, explained, async (client, send) => {
      const result = await send(new ExtendedQuery(EXPLAIN + sql, parameters, 1, MAX_PLAN_BYTES));
      await client.say(END_READ_ONLY);
      return planEstimate(result.rows[0]?.[0] ?? '');
    });
  }

  private async inTransaction<T>(record: Place, sql: string, options: Options, statement: Statement<T>): Promise<T> {
    const fault = textFault(sql);
    // A NUL would end the statement on the wire, and what follows it would be read as the protocol's.
    if (fault) throw new InvalidRequestError(`The SQL ${fault}.`);
    if (options.signal?.aborted) throw new SqlCancelledError();
    const limits = {
      schemas: record.schemas,
      timeZone: options.timeZone ?? 'UTC',
      statementTimeoutMs: this.timeoutOf(options),
    };
    let hasBegun = false;
    let plan: ExtendedQuery | undefined;
    const begin = (client: SourceClient) => {
      const settings = beginReadOnly(limits, client);
      if (!options.onPlan) return client.say(settings);
      plan = new ExtendedQuery(EXPLAIN + sql, (options.params ?? []).map(wireParameter), 1, MAX_PLAN_BYTES);
      return client.sayWith(settings, plan);
    };
    const work = async (client: SourceClient) => {
      hasBegun = true;
      if (SESSION_LOCKS.test(sql)) client.retire();
      if (plan) await this.look(client, plan, options);
      return { value: await this.statementOn(client, options, statement) };
    };
    try {
      const outcome = await this.connections.withClient(record, begin, work, options.signal);
      if (!outcome) throw new SqlCancelledError();
      return outcome.value;
    } catch (error) {
      if (isConnectionLoss(error)) throw connectionFailure(error, record);
      if (!(error instanceof DatabaseError)) throw error;
      throw hasBegun ? sqlFailure(error, this.factsOf(options)) : beginFailure(error, limits.timeZone);
    }
  }

  private async look(client: SourceClient, plan: ExtendedQuery, options: Options): Promise<void> {
    const explained = { ...options, prefixLength: EXPLAIN.length };
    const { rows } = await this.statementOn(client, explained, (_, send) => send(plan)).catch((error: unknown) => {
      throw error instanceof DatabaseError ? sqlFailure(error, this.factsOf(explained)) : error;
    });
    try {
      options.onPlan?.(planEstimate(rows[0]?.[0] ?? ''));
    } catch (error) {
      await client.say(END_READ_ONLY);
      throw error;
    }
  }

  private async statementOn<T>(client: SourceClient, options: Options, statement: Statement<T>): Promise<T> {
    const watch = { statementTimeoutMs: this.timeoutOf(options), signal: options.signal };
    try {
      return await statement(client, (query) => watchStatement(client, resultOf(client, query), watch));
    } catch (error) {
      if (error instanceof DatabaseError && client.isUsable) await client.say(END_READ_ONLY);
      throw error;
    }
  }

  private timeoutOf(options: Options): number {
    return options.statementTimeoutMs ?? this.env.MEMORI_STATEMENT_TIMEOUT_MS;
  }

  private factsOf(options: Options): StatementFacts {
    const isCancelled = options.signal?.aborted ?? false;
    return { statementTimeoutMs: this.timeoutOf(options), isCancelled, prefixLength: options.prefixLength };
  }

  private async endWithTypes(client: SourceClient, { columns }: WireResult) {
    const question = this.types.question(columns);
    if (question === undefined) {
      await client.say(END_READ_ONLY);
      return this.types.resolve(columns);
    }
    const [names, parts] = await client.say(`${question};${END_READ_ONLY}`);
    return this.types.resolve(columns, names as unknown as NameRow[], parts as unknown as TypeRow[]);
  }
}

/** One that is on its way already only has to be waited for. */
function resultOf(client: SourceClient, query: ExtendedQuery): Promise<WireResult> {
  return query.isSent ? query.result : client.query(query).result;
}
