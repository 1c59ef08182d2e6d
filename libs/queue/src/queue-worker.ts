import { Worker, type Processor, type WorkerOptions } from 'bullmq';
import type { QueueConnection } from './queue-backend';

/** Workers by the connection that they share, so that it can be closed after them. */
const LIVE = new WeakMap<QueueConnection, Set<Worker>>();

/** More claims at once than this deadlock with each other on PostgreSQL more often than they gain. */
const MAX_CONCURRENCY = 10;
const RETRY_MS = 1000;

/** The worker that @nestjs/bullmq makes for each processor: back soon after an outage, and never without error listener. */
export class QueueWorker extends Worker {
  constructor(name: string, processor: Processor, options: WorkerOptions) {
    const concurrency = Math.min(options.concurrency ?? 1, MAX_CONCURRENCY);
    super(name, processor, { runRetryDelay: RETRY_MS, ...options, concurrency });
    // BullMQ turns an error that nobody listens to into one that ends the process.
    this.on('error', () => undefined);
    const connection = options.connection as QueueConnection;
    LIVE.set(connection, (LIVE.get(connection) ?? new Set()).add(this));
  }
}

/** Waits for the jobs in flight. Closing a worker twice is closing it once. */
export async function closeWorkers(connection: QueueConnection): Promise<void> {
  await Promise.allSettled([...(LIVE.get(connection) ?? [])].map((worker) => worker.close()));
  LIVE.delete(connection);
}
