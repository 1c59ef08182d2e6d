import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Pool, type PoolClient, type PoolConfig } from 'pg';
import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver';
import { DatabaseCounters } from './counters';
import type { DbScope } from './db-scope';
import { PipelinedClient } from './pipelined-client';
import { guardPool, namesStatements } from './data-source';
import { StatementNames } from './statement-names';
import { DatabaseUnavailableError, isConflict, translated } from './postgres-errors';
import { beginStatement, ScopedTransaction, type TransactionOptions, type Tx } from './transaction';
import { Turnstile } from './turnstile';

/** How long a statement waits for a connection that others use. Nothing is wrong with the database while it does. */
const PATIENCE_MS = 30_000;

const COMMIT_WATCHED =
  "SELECT pg_current_xact_id_if_assigned() IS NOT NULL AND current_setting('synchronous_commit') <> 'off' AS durable;COMMIT";

const REACH_DISK = 'SELECT memori.reach_disk()';

/** Memori's own database. Every row that belongs to a tenant is read and written in a scope. */
@Injectable()
export class Database implements OnApplicationShutdown {
  readonly counters = new DatabaseCounters();

  private readonly names?: StatementNames;
  /**
   * Who wants a connection waits here and not in the pool, whose timeout is that of opening one: that there is much to do
   * must not look like a database that does not answer.
   */
  private readonly turnstile: Turnstile;
  /** One connection beside the pool, opened when it is first wanted. */
  private reserve?: Pool;
  private isClosed = false;

  constructor(private readonly dataSource: DataSource) {
    if (namesStatements(dataSource)) this.names = new StatementNames();
    this.turnstile = new Turnstile(this.pool.options.max);
  }

  async onApplicationShutdown(): Promise<void> {
    this.isClosed = true;
    await this.reserve?.end();
  }

  /** Runs `work` in one transaction that sees only `scope`. Commits when it resolves, rolls back when it throws. */
  async transaction<T>(scope: DbScope, work: (tx: Tx) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    for (let left = options.retryConflicts ?? 0; ; left--) {
      try {
        return await this.attempt(scope, work, options);
      } catch (error) {
        if (left <= 0 || !isConflict(error)) throw error;
      }
    }
  }

  /** One statement in a scoped transaction of its own; the three messages travel together. */
  async query<R = Record<string, unknown>>(scope: DbScope, sql: string, params: unknown[] = []): Promise<R[]> {
    const begin = beginStatement(scope, {});
    return this.withClient(async (client) => {
      this.counters.transactions++;
      return this.together<R>(client, begin, sql, params);
    });
  }

  /** One statement without scope, committed by itself: for SQL functions that set their scope themselves. */
  async call<R = Record<string, unknown>>(sql: string, params: unknown[] = []): Promise<R[]> {
    return this.withClient(async (client) => {
      this.counters.calls++;
      if (!this.counters.watchCommits) return (await client.send(sql, params)).rows as R[];
      return this.together<R>(client, 'BEGIN', sql, params);
    });
  }

  /** The same before all that wait for a connection: a process that has much to do still tells in time that it is well. */
  async callFirst<R = Record<string, unknown>>(sql: string, params: unknown[] = []): Promise<R[]> {
    return this.withClient(
      async (client) => {
        this.counters.calls++;
        return (await client.send(sql, params)).rows as R[];
      },
      { first: true },
    );
  }

  /**
   * The same on a connection that is kept for it, for what renews leases and claims: behind a burst of requests it would
   * come too late, and calls that are on their way and paid for would be given up.
   */
  async callAhead<R = Record<string, unknown>>(sql: string, params: unknown[] = []): Promise<R[]> {
    // A renewal that comes after the end opens nothing anew.
    if (this.isClosed) throw new Error('The database is closed.');
    this.reserve ??= this.openReserve();
    return this.withClientOf(this.reserve, async (client) => {
      this.counters.calls++;
      return (await client.send(sql, params)).rows as R[];
    });
  }

  /**
   * The same for a function whose own commit does not wait for the disk: the answer comes when it is there all the same.
   * The function's rows are free again before that, and one flush serves everybody who waits for one.
   */
  async callDurably<R = Record<string, unknown>>(sql: string, params: unknown[] = []): Promise<R[]> {
    return this.withClient(async (client) => {
      this.counters.calls++;
      const sent = this.counters.watchCommits
        ? ([this.together<R>(client, 'BEGIN', sql, params), this.together(client, 'BEGIN', REACH_DISK, [])] as const)
        : ([client.send(sql, params).then(({ rows }) => rows as R[]), client.send(REACH_DISK, [])] as const);
      await Promise.allSettled(sent);
      const rows = await sent[0];
      await sent[1];
      return rows;
    });
  }

  private attempt<T>(scope: DbScope, work: (tx: Tx) => Promise<T>, options: TransactionOptions): Promise<T> {
    const begin = beginStatement(scope, options);
    return this.withClient(async (client) => {
      this.counters.transactions++;
      const tx = new ScopedTransaction(client, this.dataSource);
      // Not awaited: the first statement of the work follows it down the wire at once.
      const begun = client.send(begin);
      begun.catch(() => undefined);
      try {
        const result = await work(tx);
        tx.close();
        await begun;
        await this.commit(client);
        return result;
      } catch (error) {
        tx.close();
        await client.send('ROLLBACK').catch(() => undefined);
        await begun;
        throw error;
      }
    });
  }

  /** Sends all three at once. When the statement fails, the COMMIT behind it is a rollback. */
  private async together<R>(client: PipelinedClient, begin: string, sql: string, params: unknown[]): Promise<R[]> {
    const sent = [client.send(begin), client.send(sql, params), this.commit(client)] as const;
    // All answers are in before the connection goes back, whichever of them failed.
    await Promise.allSettled(sent);
    await sent[0];
    const { rows } = await sent[1];
    await sent[2];
    return rows as R[];
  }

  private async commit(client: PipelinedClient): Promise<void> {
    const watched = this.counters.watchCommits;
    const answer: unknown = await client.send(watched ? COMMIT_WATCHED : 'COMMIT');
    const results = (Array.isArray(answer) ? answer : [answer]) as { command: string; rows: { durable: boolean }[] }[];
    // COMMIT of a transaction that failed earlier succeeds, as a ROLLBACK. Nothing was kept, so nobody may believe it was.
    if (results.at(-1)?.command === 'ROLLBACK') throw new Error('The transaction had failed before it could commit.');
    if (watched && results[0]?.rows[0]?.durable) this.counters.durableCommits++;
  }

  private async withClient<T>(work: (client: PipelinedClient) => Promise<T>, { first = false } = {}): Promise<T> {
    if (!(await this.turnstile.enter({ timeoutMs: PATIENCE_MS, first })))
      throw new DatabaseUnavailableError(new Error(`No connection came free within ${PATIENCE_MS} ms.`));
    try {
      return await this.withClientOf(this.pool, work);
    } finally {
      this.turnstile.leave();
    }
  }

  /** A connection that is broken, or whose state is unknown, is thrown away and never used again. */
  private async withClientOf<T>(pool: Pool, work: (client: PipelinedClient) => Promise<T>): Promise<T> {
    const raw = await this.connect(pool);
    const client = new PipelinedClient(raw, this.counters, this.names);
    try {
      return await work(client);
    } finally {
      raw.release(client.isStale || raw.getTransactionStatus() !== 'I');
    }
  }

  private async connect(pool: Pool): Promise<PoolClient> {
    try {
      return await pool.connect();
    } catch (error) {
      throw translated(error);
    }
  }

  private openReserve(): Pool {
    const { extra } = this.dataSource.options as { extra?: PoolConfig };
    return guardPool(new Pool({ ...extra, max: 1, allowExitOnIdle: true }));
  }

  private get pool(): Pool {
    return (this.dataSource.driver as PostgresDriver).master as Pool;
  }
}
