import { Worker, type Processor, type WorkerOptions } from 'bullmq';
import type { RedisArrival } from '@memori/redis';
import type { QueueConnection } from './queue-backend';

/** Workers by the connection that they share, so that it can be closed after them. */
const LIVE = new WeakMap<QueueConnection, Set<Worker>>();

/** A Redis that may come later than the workers on it. */
const AWAITED = new WeakMap<QueueConnection, RedisArrival>();

/** More claims at once than this deadlock with each other on PostgreSQL more often than they gain. */
const MAX_CONCURRENCY = 10;
const RETRY_MS = 1000;
/** While it closes: how often it is looked whether the connection is still there. */
const LOOK_MS = 250;

/** The worker that @nestjs/bullmq makes for each processor: back soon after an outage, and never without error listener. */
export class QueueWorker extends Worker {
  constructor(name: string, processor: Processor, options: WorkerOptions) {
    const concurrency = Math.min(options.concurrency ?? 1, MAX_CONCURRENCY);
    const connection = options.connection as QueueConnection;
    const arrival = AWAITED.get(connection);
    // A worker that runs and was never connected cannot be closed.
    const isAway = arrival?.problem !== undefined;
    super(name, processor, { runRetryDelay: RETRY_MS, ...options, ...(isAway && { autorun: false }), concurrency });
    // BullMQ turns an error that nobody listens to into one that ends the process.
    this.on('error', () => undefined);
    if (arrival && isAway) void this.runAfter(arrival);
    LIVE.set(connection, (LIVE.get(connection) ?? new Set()).add(this));
  }

  /**
   * Without Redis there is nothing to end in order: BullMQ would wait for the end of a connection that is none, and the
   * process with it. What jobs had begun ends by itself, elsewhere.
   */
  override async close(force = false): Promise<void> {
    const closed = super.close(force || !(await this.isConnected()));
    while (!(await hasEndedIn(LOOK_MS, closed))) if (!(await this.isConnected())) return this.backend.close(true);
  }

  private async isConnected(): Promise<boolean> {
    const { client } = this.backend as { client?: Promise<{ status: string }> };
    // PostgreSQL has none.
    if (!client) return true;
    const known = client.catch(() => undefined);
    return (await hasEndedIn(LOOK_MS, known)) && (await known)?.status === 'ready';
  }

  private async runAfter(arrival: RedisArrival): Promise<void> {
    await arrival.settled();
    if (arrival.problem === undefined && !this.closing) this.run().catch((error: Error) => this.emit('error', error));
  }
}

/** Workers on this connection begin when Redis is there. To be called before they are made. */
export function beginWith(connection: QueueConnection, arrival: RedisArrival): void {
  AWAITED.set(connection, arrival);
}

/** Waits for the jobs in flight. Closing a worker twice is closing it once. */
export async function closeWorkers(connection: QueueConnection): Promise<void> {
  await Promise.allSettled([...(LIVE.get(connection) ?? [])].map((worker) => worker.close()));
  LIVE.delete(connection);
}

async function hasEndedIn(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  return Promise.race([work.then(() => true), late]).finally(() => clearTimeout(timer));
}
