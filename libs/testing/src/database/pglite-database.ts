import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { DbScope, Tx } from '@memori/database';

const MIGRATIONS = join(__dirname, '../../../database/src/migrations');

interface Reply {
  readonly id: number;
  readonly rows?: Record<string, unknown>[];
  readonly fault?: string;
}

/** What the service connects as: neither owner nor superuser, and bound by row level security. */
const RUNTIME = 'memori_runtime';

/**
 * Memori's schema in a PostgreSQL that has a real pgvector. One connection: transactions follow one another. They run as a role
 * that row level security binds; `call` is the superuser's.
 */
export class PgliteDatabase {
  private readonly waiting = new Map<number, (reply: Reply) => void>();
  private lastId = 0;
  private last: Promise<unknown> = Promise.resolve();

  private constructor(private readonly worker: Worker) {
    worker.on('message', (reply: Reply) => {
      this.waiting.get(reply.id)?.(reply);
      this.waiting.delete(reply.id);
    });
  }

  static async start(): Promise<PgliteDatabase> {
    const database = new PgliteDatabase(new Worker(join(__dirname, 'pglite-worker.cjs')));
    await database.send('CREATE SCHEMA IF NOT EXISTS memori; CREATE EXTENSION vector;');
    const files = readdirSync(MIGRATIONS).filter((name) => name.endsWith('.up.sql'));
    for (const name of files.sort()) await database.send(readFileSync(join(MIGRATIONS, name), 'utf8'));
    await database.send(`CREATE ROLE ${RUNTIME}; GRANT USAGE ON SCHEMA memori TO ${RUNTIME};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA memori TO ${RUNTIME};
      GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA memori TO ${RUNTIME}`);
    return database;
  }

  /** One statement, between transactions. Binary values come as Buffers, as from pg. */
  call<R>(sql: string, params: unknown[] = []): Promise<R[]> {
    return this.inTurn(() => this.query<R>(sql, params));
  }

  /** As `Database.transaction`. */
  transaction<T>(scope: DbScope, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.inTurn(async () => {
      await this.send('BEGIN');
      try {
        await this.send('SELECT memori.enter($1, $2)', [scope.tenantId, scope.userId ?? '*']);
        await this.send(`SET LOCAL ROLE ${RUNTIME}`);
        const result = await work({ query: (sql, params) => this.query(sql, params) } as Tx);
        await this.send('COMMIT');
        return result;
      } catch (error) {
        await this.send('ROLLBACK');
        throw error;
      }
    });
  }

  /** There is one connection: whoever comes while a transaction is under way waits for its end. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.last.then(work);
    this.last = mine.catch(() => undefined);
    return mine;
  }

  private async query<R>(sql: string, params: unknown[] = []): Promise<R[]> {
    const rows = await this.send(sql, params);
    const asBuffer = (value: unknown) => (ArrayBuffer.isView(value) ? Buffer.from(value as Uint8Array) : value);
    return rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, asBuffer(value)])),
    ) as R[];
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private send(sql: string, params?: unknown[]): Promise<Record<string, unknown>[]> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, ({ rows, fault }) => (fault === undefined ? resolve(rows ?? []) : reject(new Error(fault))));
      this.worker.postMessage({ id, sql, params });
    });
  }
}
