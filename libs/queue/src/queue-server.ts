import { BullModule } from '@nestjs/bullmq';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { runMigrations } from 'bullmq';
import { escapeIdentifier, Pool, type ClientConfig } from 'pg';
import type { Env } from '@memori/config';
import { guardPool, runtimeRole, withClient, type OwnDatabase } from '@memori/database';
import { installBackendFactory, type QueueConnection } from './queue-backend';
import { QuietQueue } from './quiet-queue';
import { beginWith, closeWorkers, QueueWorker } from './queue-worker';
import { RedisArrival, redisOptions } from '@memori/redis';
import { retryConflicts } from './retrying-pool';

const SCHEMA = 'bullmq';
/** One for the LISTEN of each of two workers, which they keep, and three for everything else that the process does with queues. */
const POOL_SIZE = 5;

/** Where the jobs are: Redis when one is named, else Memori's own PostgreSQL. */
@Injectable()
export class QueueServer implements OnApplicationShutdown {
  private constructor(
    readonly connection: QueueConnection,
    /** Absent on PostgreSQL. */
    readonly arrival?: RedisArrival,
  ) {}

  static async open(
    env: Pick<Env, 'MEMORI_REDIS_URL'>,
    own: OwnDatabase,
    logger = new Logger('Queue'),
  ): Promise<QueueServer> {
    installBackendFactory();
    BullModule.workerClass = QueueWorker;
    BullModule.queueClass = QuietQueue;
    if (!env.MEMORI_REDIS_URL) return new QueueServer(await openPostgres(own));
    const options = redisOptions(env.MEMORI_REDIS_URL);
    const arrival = await RedisArrival.begin(options, logger);
    beginWith(options, arrival);
    return new QueueServer(options, arrival);
  }

  /** Redis has not been there yet: what is asked of a queue now would be answered when it comes, if ever. */
  get isAway(): boolean {
    return this.arrival?.problem !== undefined;
  }

  /** Nest may come here before it comes to the workers, which use this pool to the end. */
  async onApplicationShutdown(): Promise<void> {
    await this.arrival?.stop();
    await closeWorkers(this.connection);
    if (this.connection instanceof Pool) await this.connection.end();
  }
}

async function openPostgres(own: OwnDatabase): Promise<Pool> {
  const config = own.behindPooler ? own.direct : own.memori;
  await migrate(config, own);
  return retryConflicts(makePool(config));
}

/**
 * BullMQ makes a sequence for each queue as it goes, so that the role that works with the schema must also own it. It may
 * make that schema only now.
 */
async function migrate(config: ClientConfig, own: OwnDatabase): Promise<void> {
  const role = own.behindPooler ? undefined : await runtimeRole(own);
  const database = escapeIdentifier(String(own.owner.database));
  const asOwner = (sql: string) => withClient(own.owner, (client) => client.query(sql));
  if (role) await asOwner(`GRANT CREATE, TEMPORARY ON DATABASE ${database} TO ${escapeIdentifier(role)}`);
  try {
    await withClient(config, (client) => runMigrations(client, SCHEMA));
  } finally {
    if (role) await asOwner(`REVOKE CREATE ON DATABASE ${database} FROM ${escapeIdentifier(role)}`);
  }
}

function makePool(config: ClientConfig): Pool {
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
