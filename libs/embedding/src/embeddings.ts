import { LRUCache } from 'lru-cache';
import { EmbeddingError } from './embedding-error';
import type { EmbeddingProvider } from './embedding-provider';
import { unitVector } from './vectors';

/** Questions whose vectors are kept: linking, recall and verified queries look at the same one. */
const KEPT_QUESTIONS = 500;
const BLANK = /^\s*$/u;

/**
 * Vectors of texts, each of length 1. Without a provider there are none, and everything works by letters alone. A question
 * whose vector does not come is searched without it; the caller sees undefined, never an error.
 */
export class Embeddings {
  private readonly questions = new LRUCache<string, Promise<Float32Array | undefined>>({ max: KEPT_QUESTIONS });
  private dimensions?: number;

  constructor(
    private readonly provider?: EmbeddingProvider,
    /** Told why a question got no vector: the code of an EmbeddingError. */
    private readonly onFailure: (code: string) => void = () => undefined,
  ) {}

  get isOn(): boolean {
    return this.provider !== undefined;
  }

  /** Names the vectors that can be compared with each other; undefined without a provider. */
  get model(): string | undefined {
    return this.provider?.model;
  }

  /** Undefined: no provider, nothing to embed, or a failure that was reported. */
  async ofQuestion(text: string): Promise<Float32Array | undefined> {
    if (!this.provider || !isReadable(text, this.provider)) return undefined;
    const known = this.questions.get(text) ?? this.ask(text);
    this.questions.set(text, known);
    return known;
  }

  /** One vector for each text, undefined for blank ones and those that the model cannot read. Throws EmbeddingError: whoever stores vectors tries again later. */
  async ofDocuments(texts: readonly string[]): Promise<(Float32Array | undefined)[]> {
    const { provider } = this;
    if (!provider) throw new EmbeddingError('none', 'No embedding provider is configured.', false);
    const vectors: (Float32Array | undefined)[] = texts.map(() => undefined);
    const wanted = texts.flatMap((text, at) => (isReadable(text, provider) ? [at] : []));
    for (let from = 0; from < wanted.length; from += provider.batchSize) {
      const batch = wanted.slice(from, from + provider.batchSize);
      const found = await provider.embed(
        batch.map((at) => this.cut(texts[at] as string, provider)),
        'document',
      );
      found.forEach((vector, place) => (vectors[batch[place] as number] = this.checked(vector)));
    }
    return vectors;
  }

  async close(): Promise<void> {
    await this.provider?.close();
  }

  private async ask(text: string): Promise<Float32Array | undefined> {
    const provider = this.provider as EmbeddingProvider;
    try {
      const [vector] = await provider.embed([this.cut(text, provider)], 'query');
      return vector && this.checked(vector);
    } catch (error) {
      this.questions.delete(text);
      this.onFailure(error instanceof EmbeddingError ? error.code : 'internal');
      return undefined;
    }
  }

  /** A model that changes the length of its vectors under one name would spoil every comparison. */
  private checked(vector: Float32Array): Float32Array | undefined {
    this.dimensions ??= vector.length;
    if (vector.length === this.dimensions) return unitVector(vector);
    throw new EmbeddingError(
      'dimensions',
      `The embedding model gave vectors of ${this.dimensions} and of ${vector.length} dimensions.`,
      false,
    );
  }

  private cut(text: string, { maxCharacters }: EmbeddingProvider): string {
    return text.length <= maxCharacters ? text : text.slice(0, maxCharacters).replace(/[\uD800-\uDBFF]$/, '');
  }
}

function isReadable(text: string, provider: EmbeddingProvider): boolean {
  return !BLANK.test(text) && provider.reads(text);
}
