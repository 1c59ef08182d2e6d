import type { Database, Tx } from '@memori/database';
import { PostgresVectors } from './postgres-vectors';
import type { NearItem, VectorGeneration, VectorQuery } from './vector-index';
import { nearestOf } from './vector-matrix';

/** Passages of one item push out others: so many times the items are asked for. */
const PASSAGES = 2;

interface NearPassage {
  readonly id: string;
  readonly distance: number;
}

/** What `pgvectorHome` found out about the extension. */
export interface PgvectorHome {
  /** The schema that it lives in, quoted. */
  readonly schema: string;
  /** From 0.8 on an index goes on looking until a filter has let enough through. */
  readonly isIterative: boolean;
}

/**
 * Asks pgvector: an HNSW index for each generation, over `embedding` cast to the generation's dimensions. A place is a filter
 * on that index; where the planner expects few rows it takes the place's own index and sorts, which is exact. So it is made to
 * where the index alone did not find enough.
 */
export class PgvectorIndex extends PostgresVectors {
  constructor(
    private readonly call: Pick<Database, 'call'>,
    private readonly home: PgvectorHome,
  ) {
    super();
  }

  async open({ id }: VectorGeneration): Promise<void> {
    await this.call.call('SELECT memori.index_vectors($1)', [id]);
  }

  async nearest(tx: Tx, query: VectorQuery): Promise<NearItem[]> {
    if (query.vector.length !== query.generation.dimensions) return [];
    const asked = query.limit * PASSAGES;
    const scan = this.home.isIterative ? `, set_config('hnsw.iterative_scan', 'strict_order', true)` : '';
    await tx.query(`SELECT set_config('hnsw.ef_search', $1, true)${scan}`, [
      String(Math.min(1000, Math.max(40, asked))),
    ]);
    let rows = await this.nearestPassages(tx, query, asked);
    // The index looks at so many vectors and then gives up, though all of them may have been of other places.
    if (rows.length < asked && rows.length < query.size) {
      await tx.query(`SELECT set_config('enable_indexscan', 'off', true)`);
      rows = await this.nearestPassages(tx, query, asked);
      await tx.query(`SELECT set_config('enable_indexscan', 'on', true)`);
    }
    const best = new Map<string, number>();
    for (const { id, distance } of rows) best.set(id, Math.max(best.get(id) ?? -Infinity, 1 - distance));
    return nearestOf(best, query.limit);
  }

  private nearestPassages(tx: Tx, { place, generation, vector }: VectorQuery, most: number): Promise<NearPassage[]> {
    const { schema } = this.home;
    const type = `${schema}.${typeOf(generation.dimensions)}(${generation.dimensions})`;
    // The numbers stand in the text: an index on an expression, and for one generation, is used for exactly those.
    return tx.query<NearPassage>(
      `SELECT item_id AS id, embedding::${type} OPERATOR(${schema}.<=>) $4::${type} AS distance FROM memori.memory_vectors
       WHERE generation = ${generation.id} AND embedding IS NOT NULL AND tenant_id = $1 AND user_id = $2 AND namespace = $3
       ORDER BY embedding::${type} OPERATOR(${schema}.<=>) $4::${type} LIMIT $5`,
      [place.tenantId, place.userId, place.namespace, `[${vector.join(',')}]`, most],
    );
  }
}

function typeOf(dimensions: number): string {
  return dimensions > 2000 && dimensions <= 4000 ? 'halfvec' : 'vector';
}

/** Where pgvector is, if it is there and has HNSW (0.5 and later). */
export async function pgvectorHome(call: Pick<Database, 'call'>): Promise<PgvectorHome | undefined> {
  const [found] = await call.call<{ schema: string; version: string }>(
    `SELECT extnamespace::regnamespace::text AS schema, extversion AS version FROM pg_extension WHERE extname = 'vector'`,
  );
  if (!found) return undefined;
  const [major = 0, minor = 0] = found.version.split('.').map(Number);
  if (major === 0 && minor < 5) return undefined;
  return { schema: found.schema, isIterative: major > 0 || minor >= 8 };
}
