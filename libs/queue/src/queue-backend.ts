import {
  createPostgresBackend,
  createRedisBackend,
  setDefaultBackendFactory,
  type BackendFactory,
  type ConnectionOptions,
} from 'bullmq';
import type { RedisOptions } from 'ioredis';
import { Pool } from 'pg';

/** What `connection` of a queue or worker holds here: the shared pool, or options for ioredis. */
export type QueueConnection = Pool | RedisOptions;

/**
 * @nestjs/bullmq makes queues and workers by name and connection alone, so that the kind of connection chooses the
 * backend. Set once a process; both kinds may stand side by side, as in tests.
 */
export function installBackendFactory(): void {
  setDefaultBackendFactory(chooseBackend as BackendFactory);
}

const chooseBackend: BackendFactory = (name, opts, role) => {
  const connection = opts.connection as QueueConnection;
  if (connection instanceof Pool) return createPostgresBackend(name, { ...opts, connection }, role);
  const isConsumer = role?.blocking || role?.withBlockingConnection;
  const options = isConsumer ? forConsumer(connection) : forProducer(connection);
  return createRedisBackend(name, { ...opts, connection: options as ConnectionOptions }, role);
};

/** A worker waits for Redis as long as it takes. */
function forConsumer(options: RedisOptions): RedisOptions {
  return { ...options, maxRetriesPerRequest: null };
}

/** A producer must not make a request wait, nor fill memory, while Redis is away: the row waits in PostgreSQL anyway. */
function forProducer(options: RedisOptions): RedisOptions {
  return { ...options, enableOfflineQueue: false, maxRetriesPerRequest: 1 };
}
