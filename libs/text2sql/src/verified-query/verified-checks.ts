import { Injectable } from '@nestjs/common';
import { Log } from '@memori/monitoring';
import type { Catalog } from '../data-source/catalog';
import type { DataSourceRecord } from '../data-source/data-source.record';
import { SqlFailedError } from '../execution/execution.errors';
import { SqlExecutor } from '../execution/sql-executor';
import { SqlGuard } from '../guard/sql-guard';
import type { VerifiedQuery } from './verified-query';
import { VerifiedQueryRepository } from './verified-query.repository';

const BATCH = 500;
/** Side by side: a data source has four connections, and questions want some. */
const LANES = 2;

/** Whether verified queries still hold: asked of guard and PREPARE whenever the catalogue was read anew. */
@Injectable()
export class VerifiedChecks {
  constructor(
    private readonly repository: VerifiedQueryRepository,
    private readonly guard: SqlGuard,
    private readonly executor: SqlExecutor,
    private readonly log: Log,
  ) {}

  /** Marks as stale what no longer fits. One that is stale stays so until a curator has looked at it. */
  async recheck(record: DataSourceRecord, catalog: Catalog): Promise<void> {
    let after: string | null = null;
    do {
      const queries: VerifiedQuery[] = await this.repository.list(record.tenantId, record.id, after, BATCH);
      const waiting = queries.filter(({ status }) => status === 'verified');
      const lane = async () => {
        for (let query = waiting.pop(); query; query = waiting.pop())
          if (!(await this.passes(record, catalog, query))) await this.repository.markStale(query);
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      after = queries.length === BATCH ? (queries.at(-1)?.id ?? null) : null;
    } while (after !== null);
  }

  private async passes(record: DataSourceRecord, catalog: Catalog, query: VerifiedQuery): Promise<boolean> {
    const verdict = await this.guard.check(query.sql, catalog);
    if (!verdict.allowed) return false;
    try {
      const params = query.parameters.map(({ type }) => ({ type, value: null }));
      await this.executor.prepare(record, verdict.sql, { params });
      return true;
    } catch (error) {
      // Names and types do not come back by themselves. A data source that is away says nothing about its queries.
      if (error instanceof SqlFailedError) return !error.sqlstate.startsWith('42');
      this.log.warn('A verified query could not be checked', { error, verifiedQueryId: query.id });
      return true;
    }
  }
}
