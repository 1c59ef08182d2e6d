import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onnxFolder } from './onnx';
import { writeTinyOnnx } from './tiny-onnx.fixture';
import type { WorkerEmbeddings } from './worker-embeddings';

const COLOURS = { '[UNK]': [0, 0, 0], red: [1, 0, 0], green: [0, 1, 0], blue: [0, 0, 1], query: [0, 0, 8] };

describe('onnxFolder', () => {
  let folder: string;
  const open: WorkerEmbeddings[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'memori-onnx-'));
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()));
    rmSync(folder, { recursive: true });
  });

  function opened(more: Record<string, unknown> = {}): WorkerEmbeddings {
    writeTinyOnnx(folder, COLOURS, more);
    const made = onnxFolder(folder);
    open.push(made);
    return made;
  }

  it('gives the mean of the tokens, whatever the length of its neighbours in the batch', async () => {
    const vectors = await opened().embed(['red green', 'blue', 'Red red red green'], 'document');

    expect(vectors).toEqual([Float32Array.of(0.5, 0.5, 0), Float32Array.of(0, 0, 1), Float32Array.of(0.75, 0.25, 0)]);
  });

  it('takes the first token where the folder says so', async () => {
    const pooling = { '1_Pooling/config.json': { pooling_mode_cls_token: true } };

    expect(await opened(pooling).embed(['red green'], 'document')).toEqual([Float32Array.of(1, 0, 0)]);
  });

  it('puts the prompt of the folder before questions', async () => {
    const prompts = { 'config_sentence_transformers.json': { prompts: { query: 'query ' } } };
    const provider = opened(prompts);

    expect(await provider.embed(['red'], 'query')).toEqual([Float32Array.of(0.5, 0, 4)]);
    expect(await provider.embed(['red'], 'document')).toEqual([Float32Array.of(1, 0, 0)]);
  });

  it('cuts what is longer than the model reads', async () => {
    const provider = opened({ 'config.json': { max_position_embeddings: 4 } });

    expect(await provider.embed(['red red red green green blue'], 'document')).toEqual([
      Float32Array.of(0.75, 0, 0.25),
    ]);
  });

  it('gives another model another name', () => {
    const before = opened().model;
    writeTinyOnnx(folder, { ...COLOURS, white: [1, 1, 1] });

    expect(onnxFolder(folder).model).not.toBe(before);
  });

  it('stops the start when the folder is none, or no model', async () => {
    expect(() => onnxFolder('')).toThrow('MEMORI_EMBEDDING_PROVIDER_MODEL');
    expect(() => onnxFolder(folder)).toThrow('holds no tokenizer.json');
    writeTinyOnnx(folder, COLOURS);
    writeFileSync(join(folder, 'model.onnx'), 'no model');

    const broken = onnxFolder(folder);
    open.push(broken);
    await expect(broken.start()).rejects.toThrow('The embedding model cannot be loaded');
    await expect(broken.embed(['planted'], 'query')).rejects.toMatchObject({ code: 'model' });
  });
});
