import type { PoolClient, QueryResult } from 'pg';
import type { DatabaseCounters } from './counters';
import { translated } from './postgres-errors';

/** One checked-out connection that counts its round trips. The pool pipelines: statements sent together travel together. */
export class PipelinedClient {
  private inFlight = 0;

  constructor(
    readonly raw: PoolClient,
    private readonly counters: DatabaseCounters,
  ) {}

  async send(sql: string, params?: unknown[]): Promise<QueryResult> {
    if (this.inFlight === 0) this.counters.roundTrips++;
    this.inFlight++;
    try {
      return await (params ? this.raw.query(sql, params) : this.raw.query(sql));
    } catch (error) {
      throw translated(error);
    } finally {
      this.inFlight--;
    }
  }
}
