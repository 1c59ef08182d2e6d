import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Env } from '@memori/config';
import { DomainError, problemOf } from '@memori/errors';
import { NotificationHub } from '@memori/database';
import { Log, Metrics } from '@memori/monitoring';
import { CachedAnswerStore } from '../cache/cached-answer.store';
import { QuestionDispatcher } from './question-dispatcher';
import { queueTimeoutError } from './question-errors';
import { QuestionLine } from './question-line';
import { QuestionSignals } from './question-signals';
import { ServiceAccounts } from './service-accounts';

const EVERY_MS = 5000;
/** Once in so many sweeps, accounts that say nothing any more and stored answers that are over are thrown away. */
const FORGET_EVERY = 12;
/** Stored answers that one tenant may have. */
const MOST_CACHED_ANSWERS = 10_000;
/** A question that took its process down so often is not tried again. */
const MOST_LOST_CLAIMS = 3;

/**
 * What nobody else does for a question: puts one back whose process died, fails one that waited too long, and looks for
 * those that wait without a job. Runs wherever questions are taken from the line.
 */
@Injectable()
export class QuestionSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private timer?: NodeJS.Timeout;
  private sweeping?: Promise<void>;
  private stopListening?: () => void;
  private sweeps = 0;

  constructor(
    private readonly line: QuestionLine,
    private readonly dispatcher: QuestionDispatcher,
    private readonly signals: QuestionSignals,
    private readonly service: ServiceAccounts,
    private readonly cached: CachedAnswerStore,
    private readonly hub: NotificationHub,
    private readonly metrics: Metrics,
    private readonly log: Log,
    private readonly env: Env,
  ) {}

  onApplicationBootstrap(): void {
    if (this.env.MEMORI_ROLE === 'api') return;
    this.timer = setInterval(() => void this.tick(), EVERY_MS).unref();
    this.stopListening = this.hub.reconnected(() => void this.tick());
    // What an earlier life of this process left waiting need not wait for the first tick.
    void this.tick();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.stopListening?.();
    await this.sweeping;
  }

  /** One sweep, and a look at the line. */
  async sweep(): Promise<void> {
    const timedOut = problemOf(queueTimeoutError(this.env.MEMORI_QUEUE_MAX_WAIT_SECONDS));
    const swept = await this.line.sweep(MOST_LOST_CLAIMS, timedOut, problemOf(lostError()));
    for (const { id, what } of swept) {
      this.signals.tell(id);
      if (what === 'lost') this.log.error('A question was given up: its run broke off every time', { questionId: id });
    }
    if (this.sweeps++ % FORGET_EVERY === 0) await Promise.all([this.service.forget(), this.sweepCache()]);
    const { waiting, ready } = await this.line.length();
    this.metrics.queueWaiting(waiting);
    if (ready > 0) void this.dispatcher.drainAll(ready);
  }

  private async sweepCache(): Promise<void> {
    const { expired, overflow } = await this.cached.sweep(MOST_CACHED_ANSWERS);
    this.metrics.cacheEvicted('expired', expired);
    this.metrics.cacheEvicted('overflow', overflow);
  }

  private async tick(): Promise<void> {
    if (this.sweeping) return;
    this.sweeping = this.sweep().catch((error: unknown) =>
      this.log.warn('The line of questions could not be swept', { error }),
    );
    await this.sweeping;
    this.sweeping = undefined;
  }
}

function lostError(): DomainError {
  return new DomainError(
    'unavailable',
    'internal',
    'The question broke off each time that it was tried, and is not tried again.',
    {
      retryable: false,
    },
  );
}
