import type { Embeddings } from '@memori/embedding';
import { TableVectors, textsOf, type Catalog, type TableLikeness } from '@memori/text2sql';

const CHUNK = 64;

/** The vectors of catalogues as a data source would keep them, made once for each. */
export class PoolVectors {
  private readonly made = new WeakMap<Catalog, Promise<TableVectors>>();
  private readonly known = new Map<string, Float32Array | undefined>();

  constructor(private readonly embeddings: Embeddings) {}

  /** Undefined when the question gets no vector. */
  async likeness(pool: Catalog, question: string): Promise<TableLikeness | undefined> {
    const making = this.made.get(pool) ?? this.make(pool);
    this.made.set(pool, making);
    const [vectors, vector] = await Promise.all([making, this.embeddings.ofQuestion(question)]);
    return vector && vectors.likeness(vector);
  }

  private async make(pool: Catalog): Promise<TableVectors> {
    const missing = textsOf(pool.tables).filter((text) => !this.known.has(text));
    for (let from = 0; from < missing.length; from += CHUNK) {
      const chunk = missing.slice(from, from + CHUNK);
      const vectors = await this.embeddings.ofDocuments(chunk);
      chunk.forEach((text, at) => this.known.set(text, vectors[at]));
    }
    return TableVectors.of(pool, (text) => this.known.get(text));
  }
}
