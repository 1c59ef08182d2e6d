import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { QueueServer } from './queue-server';
import { DeliverJob, QUEUES } from './queues';

/** Tells the workers to look for deliveries that are due. Never fails: the rows wait, and a sweeper looks by itself. */
@Injectable()
export class WebhookNudger {
  constructor(
    @InjectQueue(QUEUES.webhooks) private readonly queue: Queue,
    private readonly server: QueueServer,
  ) {
    queue.on('error', () => undefined);
  }

  async nudge(options: { delayMs?: number } = {}): Promise<void> {
    if (this.server.isAway) return;
    const delay = Math.max(0, Math.round(options.delayMs ?? 0));
    const job = { ...(delay > 0 && { delay }), attempts: 1, removeOnFail: true };
    await this.queue.add(DeliverJob.jobName, {}, job).catch(() => undefined);
  }
}
