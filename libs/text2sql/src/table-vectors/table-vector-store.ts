import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { EmbeddingError, Embeddings } from '@memori/embedding';
import { Log } from '@memori/monitoring';
import { Clock } from '@memori/scope';
import { LRUCache } from 'lru-cache';
import type { Catalog } from '../data-source/catalog';
import type { DataSourceRecord } from '../data-source/data-source.record';
import { hashOf, TableVectorRepository } from './table-vector.repository';
import { type TableLikeness, TableVectors, textsOf } from './table-vectors';

/** All vectors that one process keeps, in bytes. */
const MAX_CACHED_BYTES = 128 * 1024 * 1024;
/** Texts embedded before what there is of them is written. */
const CHUNK = 64;
/** After a failure the provider is left alone for so long. */
const PAUSE_MS = 60_000;

type Place = Pick<DataSourceRecord, 'id' | 'tenantId' | 'version'>;

/**
 * The vectors of catalogues. They are made in the background when a catalogue was stored, and what is missing then (a
 * restart, another provider) at the next question, which does not wait: until all are there tables are linked without.
 */
@Injectable()
export class TableVectorStore implements OnModuleDestroy {
  private readonly cache = new LRUCache<string, TableVectors>({
    maxSize: MAX_CACHED_BYTES,
    maxEntrySize: MAX_CACHED_BYTES,
    sizeCalculation: ({ bytes }) => Math.max(1, bytes),
  });
  private readonly making = new Map<string, Promise<void>>();
  private readonly pausedUntil = new Map<string, number>();
  private isClosing = false;

  constructor(
    private readonly embeddings: Embeddings,
    private readonly repository: TableVectorRepository,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async onModuleDestroy(): Promise<void> {
    this.isClosing = true;
    await this.settled();
  }

  /** What the question's vector tells of the tables; undefined without a provider, or as long as vectors are missing. */
  async likeness(record: Place, catalog: Catalog, question: string): Promise<TableLikeness | undefined> {
    const { model } = this.embeddings;
    if (model === undefined) return undefined;
    const [vector, vectors] = await Promise.all([
      this.embeddings.ofQuestion(question),
      this.read(record, catalog, model),
    ]);
    return vector && vectors?.likeness(vector);
  }

  /** Begins to make what is missing, after the catalogue was stored. Never fails, and nobody waits for it. */
  prepare(record: Place, catalog: Catalog): void {
    const { model } = this.embeddings;
    if (model !== undefined) this.makeSoon(record, catalog, model);
  }

  /** When nothing is being made any more. */
  async settled(): Promise<void> {
    await Promise.all(this.making.values());
  }

  private async read(record: Place, catalog: Catalog, model: string): Promise<TableVectors | undefined> {
    const key = keyOf(record, model);
    const cached = this.cache.get(key);
    if (cached) return cached;
    const kept = await this.repository.read(record, model);
    if (textsOf(catalog.tables).some((text) => !kept.has(hashOf(text)))) {
      this.makeSoon(record, catalog, model);
      return undefined;
    }
    const vectors = TableVectors.of(catalog, (text) => kept.get(hashOf(text)));
    this.cache.set(key, vectors);
    return vectors;
  }

  private makeSoon(record: Place, catalog: Catalog, model: string): void {
    const key = keyOf(record, model);
    if (this.isClosing || this.making.has(key) || (this.pausedUntil.get(key) ?? 0) > this.clock.nowMs()) return;
    const work = this.make(record, catalog, model)
      .catch((error: unknown) => this.fail(key, record, error))
      .finally(() => this.making.delete(key));
    this.making.set(key, work);
  }

  private async make(record: Place, catalog: Catalog, model: string): Promise<void> {
    const kept = await this.repository.read(record, model);
    const texts = textsOf(catalog.tables);
    const missing = texts.filter((text) => !kept.has(hashOf(text)));
    for (let from = 0; from < missing.length && !this.isClosing; from += CHUNK) {
      const chunk = missing.slice(from, from + CHUNK);
      const vectors = await this.embeddings.ofDocuments(chunk);
      const made = chunk.flatMap((text, at) => (vectors[at] ? [[hashOf(text), vectors[at]] as const] : []));
      await this.repository.add(record, model, new Map(made));
    }
    if (!this.isClosing) await this.repository.keepOnly(record, model, texts.map(hashOf));
  }

  private fail(key: string, { id }: Place, error: unknown): void {
    if (this.isClosing) return;
    this.pausedUntil.set(key, this.clock.nowMs() + PAUSE_MS);
    const code = error instanceof EmbeddingError ? { code: error.code } : { error };
    this.log.warn('The vectors of a data source could not be made; a later question tries again', {
      dataSourceId: id,
      ...code,
    });
  }
}

function keyOf({ id, version }: Place, model: string): string {
  return JSON.stringify([id, version, model]);
}
