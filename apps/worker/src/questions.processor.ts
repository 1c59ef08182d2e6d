import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Env } from '@memori/config';
import { LookJob, QUEUES, readJob } from '@memori/queue';
import { QuestionDispatcher } from '@memori/text2sql';
import type { Job } from 'bullmq';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';

/**
 * Looks at the line of questions whenever a job says so. The job names no question: the fairest that waits is claimed,
 * and the one after it, until none is ready. A job that comes twice, or too late, finds nothing and costs a look.
 */
@Injectable()
@Processor(QUEUES.questions, { concurrency: 10 })
export class QuestionsProcessor extends WorkerHost implements OnApplicationBootstrap {
  constructor(
    private readonly dispatcher: QuestionDispatcher,
    private readonly env: Env,
  ) {
    super();
  }

  /** The decorator is read before the configuration is. */
  onApplicationBootstrap(): void {
    this.worker.concurrency = this.env.MEMORI_WORKER_CONCURRENCY;
  }

  async process(job: Job): Promise<void> {
    readJob(LookJob, job);
    await this.dispatcher.drain();
  }
}
