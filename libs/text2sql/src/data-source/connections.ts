import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Env } from '@memori/config';
import { NotFoundError } from '@memori/errors';
import { Vault } from '@memori/security';
import { connectSource } from './connect-source';
import { isConnectionLoss } from './connection-failure';
import { openConnection, type SealedConnection } from './connection-seal';
import type { DataSourceRecord } from './data-source.record';
import { DataSourceRepository } from './data-source.repository';
import { IdleConnections } from './idle-connections';
import type { SourceClient } from './source-client';
import { SourcePool } from './source-pool';

/** Over all data sources: a server has some hundred places, and others want them too. */
const MAX_IDLE = 32;
const POOL = { max: 4, idleMs: 30_000, lifetimeMs: 600_000, waitMs: 30_000 };

type Place = Pick<DataSourceRecord, 'id' | 'tenantId' | 'connectionRevision'>;

interface Held {
  readonly pool: SourcePool;
  readonly revision: number;
}

/** The connections to all data sources: at most four each, opened late, closed when idle, changed or deleted; of idle ones 32 over all. */
@Injectable()
export class Connections implements OnApplicationShutdown {
  private readonly idle = new IdleConnections(MAX_IDLE);
  private readonly held = new Map<string, Promise<Held>>();

  constructor(
    private readonly repository: DataSourceRepository,
    private readonly vault: Vault,
    private readonly env: Env,
  ) {}

  /**
   * Runs `begin`, then `work`, on one connection. A kept connection that turns out to be dead at `begin` is replaced:
   * nothing was run on it. `work` leaves no transaction open, else the connection is closed.
   * Undefined when `signal` aborted before a connection was there.
   */
  async withClient<T>(
    record: Place,
    begin: (client: SourceClient) => Promise<unknown>,
    work: (client: SourceClient) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T | undefined> {
    const { pool } = await this.poolOf(record);
    const client = await begun(pool, begin, signal);
    if (!client) return undefined;
    try {
      return await work(client);
    } finally {
      pool.release(client, client.getTransactionStatus() === 'I');
    }
  }

  /** Closes what is open to a data source: it was changed or deleted. */
  async evict(id: string): Promise<void> {
    const held = this.held.get(id);
    this.held.delete(id);
    await held?.then(
      ({ pool }) => pool.close(),
      () => undefined,
    );
  }

  /** Not earlier: questions that run get their grace before, and still need their connections. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.held.keys()].map((id) => this.evict(id)));
  }

  /** Data sources with an open pool. */
  get size(): number {
    return this.held.size;
  }

  private async poolOf(record: Place): Promise<Held> {
    const current = this.held.get(record.id);
    if (current) {
      const held = await current;
      if (held.revision >= record.connectionRevision) return held;
      // Another process changed address or password.
      if (this.held.get(record.id) === current) await this.evict(record.id);
      return this.poolOf(record);
    }
    const opening = this.openPool(record);
    this.held.set(record.id, opening);
    opening.catch(() => this.forget(record.id, opening));
    return opening;
  }

  private async openPool(record: Place): Promise<Held> {
    const stored = await this.repository.readConnection(record.tenantId, record.id);
    if (!stored) throw new NotFoundError('data source', record.id);
    const connection = openConnection(this.vault, record.id, stored.sealed);
    const pool: SourcePool = new SourcePool(
      () => this.connect(connection),
      POOL,
      () => this.forgetPool(record.id, pool),
      this.idle,
    );
    return { pool, revision: stored.revision };
  }

  private connect({ target, isOwn }: SealedConnection): Promise<SourceClient> {
    return connectSource(target, {
      allowPrivate: this.env.MEMORI_ALLOW_PRIVATE_DATA_SOURCES || isOwn,
      allowSocket: isOwn,
    });
  }

  /** Without connections the pool only keeps a password in memory. */
  private forgetPool(id: string, pool: SourcePool): void {
    const current = this.held.get(id);
    current?.then(
      (held) => held.pool === pool && this.forget(id, current),
      () => undefined,
    );
  }

  private forget(id: string, opening: Promise<Held>): void {
    if (this.held.get(id) === opening) this.held.delete(id);
  }
}

async function begun(
  pool: SourcePool,
  begin: (client: SourceClient) => Promise<unknown>,
  signal?: AbortSignal,
): Promise<SourceClient | undefined> {
  for (;;) {
    const lease = await pool.lease(signal);
    if (!lease) return undefined;
    try {
      await begin(lease.client);
      return lease.client;
    } catch (error) {
      pool.release(lease.client, false);
      if (lease.isFresh || !isConnectionLoss(error)) throw error;
    }
  }
}
