import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { Database } from '@memori/database';
import { type Principal, userScopeOf } from '@memori/scope';
import { Audit, requireRole } from '@memori/security';
import { FieldChecks } from '@memori/session';
import type { DataSourceRecord } from '../data-source/data-source.record';
import { DataSources } from '../data-source/data-sources';
import { type ResultSet, SqlExecutor } from '../execution/sql-executor';
import type { Violation } from '../guard/guard-verdict';
import { SqlGuard } from '../guard/sql-guard';
import { maxRowsOf } from './ask-input';
import type { RanSql } from './run-progress';
import { SqlSteps } from './sql-steps';

const MAX_SQL = 20_000;

export interface SqlCheckInput {
  readonly dataSourceId?: string | null;
  readonly sql: string;
  readonly explain?: boolean | null;
}

export interface SqlRunInput {
  readonly dataSourceId?: string | null;
  readonly sql: string;
  readonly maxRows?: number | null;
  readonly timeZone?: string | null;
}

export interface SqlCheck {
  readonly allowed: boolean;
  readonly violations: readonly Violation[];
  readonly relations: readonly { schema: string; name: string }[];
  readonly columns: readonly { schema: string; table: string; name: string }[];
  readonly functions: readonly string[];
  readonly estimatedRows?: number;
}

/** SQL that a person wrote, through the same guard and the same executor as the model's. */
@Injectable()
export class SqlConsole {
  constructor(
    private readonly dataSources: DataSources,
    private readonly guard: SqlGuard,
    private readonly executor: SqlExecutor,
    private readonly steps: SqlSteps,
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly env: Env,
  ) {}

  /** Touches the data source only with `explain`, and only after the guard allowed the statement. */
  async check(principal: Principal, input: SqlCheckInput, signal?: AbortSignal): Promise<SqlCheck> {
    requireRole(principal, 'member');
    const checks = new FieldChecks();
    checks.text('/sql', input.sql, MAX_SQL, 0);
    if (input.explain != null && typeof input.explain !== 'boolean') checks.add('/explain', 'must be true or false');
    checks.throwIfAny();
    const record = await this.dataSources.resolve(principal, input.dataSourceId ?? undefined);
    const verdict = await this.guard.check(input.sql, await this.dataSources.catalog(record));
    const { allowed, violations, relations, columns, functions } = verdict;
    const told = { allowed, violations, relations, columns, functions };
    if (!allowed || !input.explain || verdict.parameterCount > 0) return told;
    const { estimatedRows } = await this.executor.explain(record, verdict.sql, { signal });
    return { ...told, estimatedRows };
  }

  async run(
    principal: Principal,
    input: SqlRunInput,
    options: { requestId?: string; signal?: AbortSignal } = {},
  ): Promise<ResultSet> {
    requireRole(principal, 'member');
    const checks = new FieldChecks();
    checks.text('/sql', input.sql, MAX_SQL, 0);
    if (input.maxRows != null) checks.integer('/maxRows', input.maxRows, 1, this.env.MEMORI_MAX_ROWS);
    checks.throwIfAny();
    const record = await this.dataSources.resolve(principal, input.dataSourceId ?? undefined);
    const maxRows = maxRowsOf(input, this.env.MEMORI_MAX_ROWS);
    const timeZone = input.timeZone ?? record.timeZone ?? this.env.MEMORI_DEFAULT_TIMEZONE;
    const subject = { type: 'data-source', id: record.id };
    return this.runAudited(principal, record, input.sql, { maxRows, timeZone, ...options, subject });
  }

  /** Guard, run, and a row in the audit log, whether it succeeded or not. */
  async runAudited(
    principal: Principal,
    record: DataSourceRecord,
    sql: string,
    options: {
      readonly maxRows: number;
      readonly timeZone: string;
      readonly subject: { readonly type: string; readonly id: string };
      readonly params?: readonly { readonly value: string | null; readonly type: string }[];
      readonly requestId?: string;
      readonly signal?: AbortSignal;
    },
  ): Promise<ResultSet> {
    const { maxRows, timeZone, params = [], signal } = options;
    const verdict = await this.steps.allowed(sql, await this.dataSources.catalog(record), params.length);
    const ran: RanSql[] = [];
    try {
      return await this.steps.run(record, verdict, { maxRows, timeZone, params, signal }, (entry) => ran.push(entry));
    } finally {
      await this.writeAudit(principal, record, ran, options);
    }
  }

  private async writeAudit(
    principal: Principal,
    record: DataSourceRecord,
    ran: readonly RanSql[],
    { subject, requestId }: { subject: { type: string; id: string }; requestId?: string },
  ): Promise<void> {
    if (ran.length === 0) return;
    await this.database.transaction(userScopeOf(principal), async (tx) => {
      for (const entry of ran) {
        const details = { ...entry, dataSourceId: record.id };
        await this.audit.record(tx, {
          principal,
          action: 'sql.run',
          subjectType: subject.type,
          subjectId: subject.id,
          requestId,
          details,
        });
      }
    });
  }
}
