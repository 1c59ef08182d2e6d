import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Tx } from '@memori/database';

const MIGRATIONS = join(__dirname, '../../../database/src/migrations');

interface Reply {
  readonly id: number;
  readonly rows?: Record<string, unknown>[];
  readonly fault?: string;
}

/**
 * Memori's schema in a PostgreSQL that has a real pgvector. One connection and a superuser: good for the SQL of vectors
 * alone, not for row level security or concurrency.
 */
export class PgliteDatabase {
  private readonly waiting = new Map<number, (reply: Reply) => void>();
  private lastId = 0;

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
    return database;
  }

  /** One statement. Binary values come as Buffers, as from pg. */
  async call<R>(sql: string, params: unknown[] = []): Promise<R[]> {
    const rows = await this.send(sql, params);
    const asBuffer = (value: unknown) => (ArrayBuffer.isView(value) ? Buffer.from(value as Uint8Array) : value);
    return rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, asBuffer(value)])),
    ) as R[];
  }

  /** As `Database.transaction`; the scope binds nobody. */
  async transaction<T>(_scope: unknown, work: (tx: Tx) => Promise<T>): Promise<T> {
    await this.send('BEGIN');
    try {
      const result = await work({ query: (sql, params) => this.call(sql, params) } as Tx);
      await this.send('COMMIT');
      return result;
    } catch (error) {
      await this.send('ROLLBACK');
      throw error;
    }
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
