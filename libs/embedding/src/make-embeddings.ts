import { setTimeout as wait } from 'node:timers/promises';
import type { Env } from '@memori/config';
import type { EmbeddingProvider } from './embedding-provider';
import { Embeddings } from './embeddings';
import { HttpEmbeddings } from './http-embeddings';
import { onnxFolder } from './onnx';
import { useLite } from './use-lite';

type Settings = Pick<
  Env,
  | 'MEMORI_EMBEDDING_PROVIDER'
  | 'MEMORI_EMBEDDING_PROVIDER_URL'
  | 'MEMORI_EMBEDDING_PROVIDER_MODEL'
  | 'MEMORI_EMBEDDING_PROVIDER_API_KEY'
  | 'MEMORI_ALLOW_PRIVATE_DATA_SOURCES'
>;

/** The provider that the configuration names, ready to embed. What it lacks is a StartError that says what to do. */
export async function makeEmbeddings(env: Settings, onFailure?: (code: string) => void): Promise<Embeddings> {
  return new Embeddings(await providerOf(env), onFailure);
}

async function providerOf(env: Settings): Promise<EmbeddingProvider | undefined> {
  switch (env.MEMORI_EMBEDDING_PROVIDER) {
    case 'none':
      return undefined;
    case 'use-lite':
      return started(useLite());
    case 'onnx':
      return started(onnxFolder(env.MEMORI_EMBEDDING_PROVIDER_MODEL));
    case 'http':
      return new HttpEmbeddings(
        {
          url: env.MEMORI_EMBEDDING_PROVIDER_URL,
          model: env.MEMORI_EMBEDDING_PROVIDER_MODEL,
          apiKey: env.MEMORI_EMBEDDING_PROVIDER_API_KEY,
        },
        {
          policy: { allowPrivate: env.MEMORI_ALLOW_PRIVATE_DATA_SOURCES },
          pause: (ms) => wait(ms),
          random: Math.random,
        },
      );
  }
}

async function started<T extends { start(): Promise<void> }>(provider: T): Promise<T> {
  await provider.start();
  return provider;
}
