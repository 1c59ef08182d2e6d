import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { StartError } from '@memori/database';
import { isInstalled, needPackages } from './optional-packages';
import { WorkerEmbeddings } from './worker-embeddings';

/** The first that is installed: native code is several times as fast as WebAssembly. */
const RUNTIMES = ['onnxruntime-node', 'onnxruntime-web'];
const TOKENIZERS = '@huggingface/tokenizers';
const MODEL_FILES = ['model.onnx', 'onnx/model.onnx', 'model_quantized.onnx', 'onnx/model_quantized.onnx'];

export const ONNX_COMMAND = `npm install --no-save onnxruntime-node@1.30.0 ${TOKENIZERS}@0.2.0`;

/**
 * A sentence encoder in a folder as sentence-transformers and Hugging Face lay it out: `tokenizer.json` and `model.onnx`
 * (also below `onnx/`); `1_Pooling/config.json` and `config_sentence_transformers.json` are heeded where they exist.
 */
export function onnxFolder(folder: string): WorkerEmbeddings {
  if (folder === '')
    throw new StartError(
      'MEMORI_EMBEDDING_PROVIDER=onnx needs MEMORI_EMBEDDING_PROVIDER_MODEL: the folder of a model.',
    );
  const modelFile = MODEL_FILES.find((name) => existsSync(join(folder, name)));
  const missing = !existsSync(join(folder, 'tokenizer.json')) ? 'tokenizer.json' : modelFile ? undefined : 'model.onnx';
  if (missing || !modelFile)
    throw new StartError(`MEMORI_EMBEDDING_PROVIDER_MODEL names a folder that holds no ${missing}.`);
  const runtime = RUNTIMES.find(isInstalled);
  needPackages('onnx', [runtime ?? 'onnxruntime-node', TOKENIZERS], ONNX_COMMAND);
  return new WorkerEmbeddings({
    model: nameOf(folder, modelFile),
    batchSize: 8,
    maxCharacters: 4000,
    file: join(__dirname, 'workers/onnx.worker.cjs'),
    data: { folder: resolve(folder), modelFile, runtime },
  });
}

/** Another file in a folder of the same name is another model: its size tells them apart. */
function nameOf(folder: string, modelFile: string): string {
  const { size } = statSync(join(folder, modelFile));
  const name = basename(resolve(folder))
    .replaceAll(/[^\w.-]/g, '_')
    .slice(0, 60);
  return `onnx:${name}:${createHash('sha256').update(`${modelFile} ${size}`).digest('hex').slice(0, 8)}`;
}
