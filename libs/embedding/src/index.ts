/** Vectors of texts: the providers, and the one door to them. */
export { EmbeddingError } from './embedding-error';
export { EmbeddingModule } from './embedding.module';
export { EmbeddingProvider, type EmbeddingPurpose } from './embedding-provider';
export { Embeddings } from './embeddings';
export { makeEmbeddings } from './make-embeddings';
export { isInstalled } from './optional-packages';
export { dotProduct, unitVector, vectorFromBytes, vectorToBytes } from './vectors';
