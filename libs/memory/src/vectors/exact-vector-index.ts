import type { Tx } from '@memori/database';
import { readSql } from '@memori/database';
import { LRUCache } from 'lru-cache';
import { PostgresVectors } from './postgres-vectors';
import { vectorFromSent } from './sent-array';
import type { NearItem, VectorQuery } from './vector-index';
import { VectorMatrix } from './vector-matrix';

const CHANGES = readSql(__dirname, 'vector-changes.sql');
/** All vectors that one process keeps, in bytes. */
const MAX_CACHED_BYTES = 256 * 1024 * 1024;
/** Beyond so many items of a place only those are looked at that letters found. */
const MOST_SCANNED = 100_000;
const MOST_FOUND = 1000;

interface Change {
  readonly erased: number;
  readonly is_rebuild: boolean;
  readonly id: string | null;
  readonly added: number;
  readonly bytes: Buffer;
}

/** Compares one by one, on any PostgreSQL: what is in use is kept in memory, and brought up to date at every search. */
export class ExactVectorIndex extends PostgresVectors {
  private readonly matrices = new LRUCache<string, VectorMatrix>({
    maxSize: MAX_CACHED_BYTES,
    sizeCalculation: (matrix) => Math.max(1, matrix.bytes),
  });

  constructor(private readonly mostScanned = MOST_SCANNED) {
    super();
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  async nearest(tx: Tx, query: VectorQuery): Promise<NearItem[]> {
    const matrix = query.size > this.mostScanned ? await this.ofFound(tx, query) : await this.current(tx, query);
    return matrix?.nearest(query.vector, query.limit) ?? [];
  }

  /** Undefined: nothing is there. */
  private async current(tx: Tx, query: VectorQuery): Promise<VectorMatrix | undefined> {
    const { place, generation } = query;
    const key = JSON.stringify([place.tenantId, place.userId, place.namespace, generation.id]);
    const known = this.matrices.get(key);
    const [added, erased] = [known?.added ?? 0, known?.erased ?? -1];
    const rows = await tx.query<Change>(CHANGES, [
      place.tenantId,
      place.userId,
      place.namespace,
      generation.id,
      added,
      erased,
    ]);
    const [first] = rows;
    this.matrices.delete(key);
    if (!first) return undefined;
    // Another search may have brought the same matrix further while this one waited: then start over from there.
    if (!first.is_rebuild && known && known.added !== added) {
      this.matrices.set(key, known);
      return this.current(tx, query);
    }
    const matrix = first.is_rebuild || !known ? new VectorMatrix(generation.dimensions) : known;
    matrix.erased = first.erased;
    for (const { id, bytes, added: at } of rows) {
      if (id === null) continue;
      matrix.add(id, vectorFromSent(bytes));
      matrix.added = at;
    }
    this.matrices.set(key, matrix);
    return matrix;
  }

  private async ofFound(tx: Tx, { place, generation, found }: VectorQuery): Promise<VectorMatrix> {
    const rows = await tx.query<{ id: string; bytes: Buffer }>(
      `SELECT item_id AS id, array_send(embedding) AS bytes FROM memori.memory_vectors
       WHERE tenant_id = $1 AND user_id = $2 AND namespace = $3 AND generation = $4 AND item_id = ANY ($5)
         AND embedding IS NOT NULL`,
      [place.tenantId, place.userId, place.namespace, generation.id, found().slice(0, MOST_FOUND)],
    );
    const matrix = new VectorMatrix(generation.dimensions);
    for (const { id, bytes } of rows) matrix.add(id, vectorFromSent(bytes));
    return matrix;
  }
}
