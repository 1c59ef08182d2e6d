import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Env } from '@memori/config';
import { Log, Metrics } from '@memori/monitoring';
import { Episodes } from '../episodes/episodes';
import { FactRepository } from './fact.repository';
import { DEFAULT_MOST_MEMORIES } from './memory-settings';

const EVERY_MS = 3_600_000;
/** What held for the moment only and was neither said nor used for so long. */
const CONTEXT_DAYS = 90;

/** Lets go of drawn facts whose time is over and has old sessions summed up, wherever the worker is mounted; one instance at a time. */
@Injectable()
export class MemoryUpkeep implements OnApplicationBootstrap, OnModuleDestroy {
  private timer?: NodeJS.Timeout;
  private current?: Promise<void>;

  constructor(
    private readonly repository: FactRepository,
    private readonly episodes: Episodes,
    private readonly metrics: Metrics,
    private readonly log: Log,
    private readonly env: Env,
  ) {}

  onApplicationBootstrap(): void {
    if (this.env.MEMORI_ROLE === 'api') return;
    this.timer = setInterval(() => void this.tick(), EVERY_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.current;
  }

  /** Once: what is over goes, what lies long behind is summed up. */
  async round(): Promise<void> {
    await this.tidy();
    await this.episodes.round();
  }

  async tidy(): Promise<void> {
    for (const { reason, removed } of await this.repository.tidy(CONTEXT_DAYS, DEFAULT_MOST_MEMORIES))
      this.metrics.memoriesRemoved(reason, removed);
  }

  private tick(): Promise<void> {
    return (this.current ??= this.round()
      .catch((error: unknown) => this.log.warn('Memories could not be tidied; the next round tries again', { error }))
      .finally(() => (this.current = undefined)));
  }
}
