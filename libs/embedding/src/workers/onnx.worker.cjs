// A sentence encoder as an ONNX folder: tokenizer, network, pooling as sentence-transformers describes them.
const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { workerData } = require('node:worker_threads');
const serveModel = require('./serve-model.cjs');

const { folder, modelFile, runtime: runtimeName } = workerData;
const DEFAULT_TOKENS = 512;

serveModel(async () => {
  const runtime = require(runtimeName);
  // WebAssembly would start threads of its own beside this one.
  if (runtimeName === 'onnxruntime-web') runtime.env.wasm.numThreads = 1;
  const { Tokenizer } = require('@huggingface/tokenizers');
  const tokenizerConfig = json('tokenizer_config.json') ?? {};
  const parts = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
  const tokenizer = new Tokenizer({ ...parts, ...json('tokenizer.json') }, tokenizerConfig);
  const session = await runtime.InferenceSession.create(join(folder, modelFile));
  const pooling = json('1_Pooling/config.json') ?? {};
  const prompts = json('config_sentence_transformers.json')?.prompts ?? {};
  const prefixes = { query: prompts.query ?? '', document: prompts.document ?? prompts.passage ?? '' };
  const most = mostTokens(tokenizerConfig, json('config.json') ?? {});

  return async (texts, purpose) => {
    const encoded = texts.map((text) => cut(tokenizer.encode(prefixes[purpose] + text).ids, most));
    const width = Math.max(...encoded.map((ids) => ids.length), 1);
    const feeds = feedsOf(runtime, session, encoded, width);
    const outputs = await session.run(feeds);
    const output = outputs.sentence_embedding ?? outputs.last_hidden_state ?? outputs[session.outputNames[0]];
    return pooled(output, encoded, width, pooling.pooling_mode_cls_token === true);
  };
});

function json(name) {
  const path = join(folder, name);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

/** Some configurations say 10^30 for "no limit". */
function mostTokens({ model_max_length: own }, { max_position_embeddings: positions }) {
  return Math.min(own > 2 ? own : DEFAULT_TOKENS, positions > 2 ? positions : DEFAULT_TOKENS);
}

/** The last token closes the sequence for models that want one: it stays. */
function cut(ids, most) {
  return ids.length <= most ? ids : [...ids.slice(0, most - 1), ids[ids.length - 1]];
}

function feedsOf(runtime, session, encoded, width) {
  const size = encoded.length * width;
  const tensor = (valueOf) => {
    const data = new BigInt64Array(size);
    encoded.forEach((ids, row) => ids.forEach((id, at) => (data[row * width + at] = valueOf(id))));
    return new runtime.Tensor('int64', data, [encoded.length, width]);
  };
  const known = {
    input_ids: () => tensor((id) => BigInt(id)),
    attention_mask: () => tensor(() => 1n),
    token_type_ids: () => tensor(() => 0n),
    position_ids: () => {
      const data = BigInt64Array.from({ length: size }, (_, at) => BigInt(at % width));
      return new runtime.Tensor('int64', data, [encoded.length, width]);
    },
  };
  return Object.fromEntries(session.inputNames.map((name) => [name, known[name]()]));
}

/** [texts, dimensions] is a sentence already; of [texts, tokens, dimensions] the first token, or the mean of all. */
function pooled({ data, dims }, encoded, width, isFirst) {
  const dimensions = dims[dims.length - 1];
  return encoded.map((ids, row) => {
    if (dims.length === 2) return data.slice(row * dimensions, (row + 1) * dimensions);
    const start = row * width * dimensions;
    if (isFirst) return data.slice(start, start + dimensions);
    const sum = new Float32Array(dimensions);
    const count = Math.max(ids.length, 1);
    for (let token = 0; token < ids.length; token++)
      for (let at = 0; at < dimensions; at++) sum[at] += data[start + token * dimensions + at] / count;
    return sum;
  });
}
