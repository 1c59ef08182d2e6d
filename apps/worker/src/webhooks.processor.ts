import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { DeliverJob, QUEUES, readJob } from '@memori/queue';
import { WebhookDispatcher } from '@memori/webhooks';
import type { Job } from 'bullmq';

/** Sends what is due whenever a job says so. A job that comes twice, or too late, finds nothing. */
@Injectable()
@Processor(QUEUES.webhooks, { concurrency: 2 })
export class WebhooksProcessor extends WorkerHost {
  constructor(private readonly dispatcher: WebhookDispatcher) {
    super();
  }

  async process(job: Job): Promise<void> {
    readJob(DeliverJob, job);
    await this.dispatcher.drain();
  }
}
