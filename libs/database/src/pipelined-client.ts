import type { Writable } from 'node:stream';
import type { PoolClient, QueryResult } from 'pg';
import type { DatabaseCounters } from './counters';
import { errorCodeOf, translated } from './postgres-errors';
import type { StatementNames } from './statement-names';

/** `cached plan must not change result type` after a migration elsewhere; a statement that is not there after a reset. */
const STALE = new Set(['0A000', '26000']);

/** One checked-out connection that counts its round trips. The pool pipelines: statements sent together travel together. */
export class PipelinedClient {
  private inFlight = 0;
  /** True when a prepared statement no longer fits the tables: the connection is to be thrown away. */
  isStale = false;

  constructor(
    readonly raw: PoolClient,
    private readonly counters: DatabaseCounters,
    private readonly names?: StatementNames,
  ) {}

  async send(sql: string, params?: unknown[]): Promise<QueryResult> {
    if (this.inFlight === 0) {
      this.counters.roundTrips++;
      this.gatherThisTick();
    }
    this.inFlight++;
    try {
      if (!params) return await this.raw.query(sql);
      return await this.raw.query({ name: this.names?.nameOf(sql), text: sql, values: params });
    } catch (error) {
      if (STALE.has(errorCodeOf(error) ?? '')) this.isStale = true;
      throw translated(error);
    } finally {
      this.inFlight--;
    }
  }

  /** What is sent in one tick (BEGIN, a statement, COMMIT) leaves in one write: system calls are what a question costs most. */
  private gatherThisTick(): void {
    const { stream } = (this.raw as unknown as { connection: { stream: Writable } }).connection;
    stream.cork();
    process.nextTick(() => stream.uncork());
  }
}
