import { Queue } from 'bullmq';

/** The queue that @nestjs/bullmq makes: that Redis is away is no reason to complain at the end. */
export class QuietQueue extends Queue {
  override async close(): Promise<void> {
    await super.close().catch(() => undefined);
  }
}
