import { setTimeout as sleep } from 'node:timers/promises';
import { InputError } from '@memori/golds';
import type { MemoriApi } from '../memori/memori-api';

const PATIENCE = { lookAgainMs: 500, mostLooks: 3600 };

/** The model that a Memori makes vectors by; undefined: it has none, and there is nothing to be waited for. */
export async function vectorModel(api: Pick<MemoriApi, 'metric'>): Promise<string | undefined> {
  const provider = await api.metric('memori_embedding_provider');
  return provider && /model="([^"]*)"/.exec(provider.labels)?.[1];
}

/**
 * Waits until what was recorded has its vectors: two more rounds, since one may have been under way, and nothing left after
 * them.
 *
 * @throws {InputError} it takes too long, or the provider keeps failing
 */
export async function untilVectorsAreMade(
  api: Pick<MemoriApi, 'metric'>,
  { lookAgainMs, mostLooks } = PATIENCE,
): Promise<void> {
  const rounds = async () => (await api.metric('memori_vector_rounds_total'))?.value ?? 0;
  const from = await rounds();
  for (let look = 0; look < mostLooks; look++, await sleep(lookAgainMs)) {
    if ((await rounds()) < from + 2) continue;
    if ((await api.metric('memori_vectors_waiting'))?.value === 0) return;
  }
  throw new InputError('The vectors of what was recorded are not made in time; see memori.vector_work for the reason.');
}
