import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { QueueServer } from './queue-server';
import { LookJob, QUEUES } from './queues';

const QUIET_MS = 60_000;

/**
 * Tells the workers to look at the line of questions. To be called after the commit that wrote the row. Never fails: the
 * row waits in PostgreSQL, and the sweeper finds what nobody was told of.
 *
 * Nudges are not merged with one another: a look claims one row, so that each waiting row wants a look of its own.
 */
@Injectable()
export class QuestionNudger implements OnModuleDestroy {
  private readonly logger = new Logger(QuestionNudger.name);
  private quietUntil = 0;
  private isStopping = false;

  constructor(
    @InjectQueue(QUEUES.questions) private readonly queue: Queue,
    private readonly server: QueueServer,
  ) {
    queue.on('error', (error) => this.complain(error));
  }

  /** From here on the embedded PostgreSQL may be gone before the queue: nothing to complain of. */
  onModuleDestroy(): void {
    this.isStopping = true;
  }

  async nudge(options: { delayMs?: number } = {}): Promise<void> {
    if (this.server.isAway) return;
    const delay = Math.max(0, Math.round(options.delayMs ?? 0));
    try {
      // A nudge that failed is worth nothing, while the row that it was about still waits.
      await this.queue.add(LookJob.jobName, {}, { ...(delay > 0 && { delay }), attempts: 1, removeOnFail: true });
    } catch (error) {
      this.complain(error);
    }
  }

  private complain(error: unknown): void {
    if (this.isStopping || Date.now() < this.quietUntil) return;
    this.quietUntil = Date.now() + QUIET_MS;
    this.logger.warn(
      `The queue does not answer (${codeOf(error)}); waiting questions are found by the sweeper instead.`,
    );
  }
}

function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: string; name?: string };
  return code ?? name ?? 'unknown';
}
