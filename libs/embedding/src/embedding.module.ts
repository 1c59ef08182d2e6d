import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Env } from '@memori/config';
import { Log, Metrics } from '@memori/monitoring';
import { Embeddings } from './embeddings';
import { makeEmbeddings } from './make-embeddings';

/** Vectors of texts, by the provider that the configuration names. */
@Global()
@Module({
  providers: [
    {
      provide: Embeddings,
      inject: [Env, Log, Metrics],
      useFactory: (env: Env, log: Log, metrics: Metrics) =>
        makeEmbeddings(env, (code) => {
          metrics.embeddingFailed(code);
          log.warn('A question was searched without its vector', { code });
        }),
    },
  ],
  exports: [Embeddings],
})
export class EmbeddingModule implements OnApplicationShutdown {
  constructor(private readonly embeddings: Embeddings) {}

  async onApplicationShutdown(): Promise<void> {
    await this.embeddings.close();
  }
}
