import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Embeddings } from '@memori/embedding';
import { Log, Metrics } from '@memori/monitoring';
import { MemoryVectorizer } from './memory-vectorizer';

const EVERY_MS = 2000;

/** Looks every two seconds for what was written meanwhile. Without a provider it never looks. */
@Injectable()
export class MemoryVectorSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private timer?: NodeJS.Timeout;
  private sweeping?: Promise<unknown>;

  constructor(
    private readonly vectorizer: MemoryVectorizer,
    private readonly embeddings: Embeddings,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    if (this.embeddings.model === undefined) return;
    this.metrics.embeddingsMadeBy(this.embeddings.model);
    this.timer = setInterval(() => this.sweep(), EVERY_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.vectorizer.stop();
    await this.sweeping;
  }

  private sweep(): void {
    this.sweeping ??= this.vectorizer
      .drain()
      .then(async () => this.metrics.vectorsMade(await this.vectorizer.waiting()))
      .catch((error: unknown) =>
        this.log.warn('Vectors of memories could not be made; the next round tries', { error }),
      )
      .finally(() => (this.sweeping = undefined));
  }
}
