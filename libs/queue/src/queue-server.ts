import { BullModule } from '@nestjs/bullmq';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { runMigrations } from 'bullmq';
import { escapeIdentifier, Pool, type Client } from 'pg';
import type { Env } from '@memori/config';
import { guardPool, runtimeRole, withClient, type OwnDatabase } from '@memori/database';
import { installBackendFactory, type QueueConnection } from './queue-backend';
import { closeWorkers, QueueWorker } from './queue-worker';
import { checkRedis, redisOptions } from './redis';
import { retryConflicts } from './retrying-pool';

const SCHEMA = 'bullmq';
/** One for a worker's LISTEN, which it keeps, and three for everything else that the process does with queues. */
const POOL_SIZE = 4;

/** Where the jobs are: Redis when one is named, else Memori's own PostgreSQL. */
@Injectable()
export class QueueServer implements OnApplicationShutdown {
  private constructor(readonly connection: QueueConnection) {}

  static async open(env: Pick<Env, 'MEMORI_REDIS_URL'>, own: OwnDatabase, logger = new Logger('Queue')): Promise<QueueServer> {
    installBackendFactory();
    BullModule.workerClass = QueueWorker;
    if (!env.MEMORI_REDIS_URL) return new QueueServer(await openPostgres(own));
    const options = redisOptions(env.MEMORI_REDIS_URL);
    for (const warning of await checkRedis(options)) logger.warn(warning);
    return new QueueServer(options);
  }

  /** Nest may come here before it comes to the workers, which use this pool to the end. */
  async onApplicationShutdown(): Promise<void> {
    await closeWorkers(this.connection);
    if (this.connection instanceof Pool) await this.connection.end();
  }
}

async function openPostgres(own: OwnDatabase): Promise<Pool> {
  await withClient(own.owner, async (client) => {
    // The owner of Memori's tables owns these too; BullMQ takes a lock of its own while it migrates.
    await runMigrations(client, SCHEMA);
    const role = await runtimeRole(own);
    if (role) await grant(client, role);
  });
  return retryConflicts(makePool(own));
}

function makePool(own: OwnDatabase): Pool {
  const config = own.behindPooler ? own.direct : own.memori;
  return guardPool(
    new Pool({
      ...config,
      application_name: 'memori-queue',
      options: `-c search_path=${SCHEMA}`,
      max: POOL_SIZE,
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
      idleTimeoutMillis: 30_000,
    }),
  );
}

async function grant(client: Client, role: string): Promise<void> {
  const to = escapeIdentifier(role);
  await client.query(`
    GRANT USAGE ON SCHEMA ${SCHEMA} TO ${to};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${SCHEMA} TO ${to};
    GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA ${SCHEMA} TO ${to};
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${SCHEMA} TO ${to};`);
}
