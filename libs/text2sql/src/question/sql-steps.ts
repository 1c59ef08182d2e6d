import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError } from '@memori/errors';
import { Metrics } from '@memori/monitoring';
import type { Catalog } from '../data-source/catalog';
import type { DataSourceRecord } from '../data-source/data-source.record';
import { type ResultSet, type RunOptions, SqlExecutor } from '../execution/sql-executor';
import type { GuardVerdict } from '../guard/guard-verdict';
import { SqlGuard } from '../guard/sql-guard';
import { SqlNotAllowedError } from '../guard/sql-not-allowed.error';
import { PlanTooDearError } from './plan-check';
import type { RanSql, RunProgress } from './run-progress';

/** Guard, then data source: the only way that any SQL takes, whoever wrote it. */
@Injectable()
export class SqlSteps {
  constructor(
    private readonly guard: SqlGuard,
    private readonly executor: SqlExecutor,
    private readonly metrics: Metrics,
  ) {}

  /** Throws what was wrong. `parameters`: how many values will be bound. */
  async allowed(sql: string, catalog: Catalog, parameters = 0, progress?: RunProgress): Promise<GuardVerdict> {
    const check = () => this.guard.check(sql, catalog);
    const verdict = progress ? await progress.time('guardMs', check) : await check();
    if (!verdict.allowed) {
      for (const { code } of verdict.violations) this.metrics.guardRefused(code);
      throw new SqlNotAllowedError(verdict.violations);
    }
    if (verdict.parameterCount > parameters) throw unboundError(verdict.parameterCount);
    return verdict;
  }

  /**
   * PostgreSQL's own word on SQL that is not to run: names, types, plan. Without its data source it goes unchecked: nobody
   * asked for rows.
   */
  async plan(record: DataSourceRecord, verdict: GuardVerdict, options: RunOptions): Promise<void> {
    try {
      options.onPlan?.(await this.executor.explain(record, verdict.sql, options));
    } catch (error) {
      if (!isOutOfReach(error)) throw error;
    }
  }

  /** Runs what the guard allowed. `onRan` hears of it whether it succeeds or not: each run leaves a row in the audit log. */
  async run(
    record: DataSourceRecord,
    verdict: GuardVerdict,
    options: RunOptions,
    onRan: (ran: RanSql) => void,
  ): Promise<ResultSet> {
    const base = {
      sha256: createHash('sha256').update(verdict.sql).digest('hex'),
      relations: verdict.relations.map(({ schema, name }) => `${schema}.${name}`),
    };
    try {
      const result = await this.executor.run(record, verdict.sql, options);
      onRan({ ...base, outcome: 'ok', rowCount: result.rowCount });
      return result;
    } catch (error) {
      if (error instanceof PlanTooDearError) throw error;
      onRan({ ...base, outcome: error instanceof DomainError ? error.code : 'internal' });
      throw error;
    }
  }
}

function unboundError(count: number): SqlNotAllowedError {
  const message = `The statement has ${count === 1 ? 'a parameter ($1)' : `parameters ($1 to $${count})`}, but no values are bound here: write the values into it.`;
  return new SqlNotAllowedError([{ code: 'parameter-mismatch', message }]);
}

function isOutOfReach(error: unknown): boolean {
  const code = error instanceof DomainError ? error.code : undefined;
  return code === 'data-source-unreachable' || code === 'data-source-credentials' || code === 'sql-timeout';
}
