import { readSql, type Tx } from '@memori/database';
import { VectorIndex, type VectorEntry, type VectorGeneration, type VectorPlace } from './vector-index';

const PUT = readSql(__dirname, 'put-vectors.sql');

/** What both adapters have in common: vectors are rows beside turns and memories, and go with them. */
export abstract class PostgresVectors extends VectorIndex {
  async put(
    tx: Tx,
    { tenantId, userId, namespace }: VectorPlace,
    generation: VectorGeneration,
    entries: readonly VectorEntry[],
  ): Promise<void> {
    const rows = entries.map(({ itemId, kind, passage, vector, version }) => ({
      item: itemId,
      kind,
      passage,
      vector: vector ? [...vector] : null,
      version: version ?? null,
    }));
    await tx.query(PUT, [tenantId, userId, namespace, generation.id, JSON.stringify(rows)]);
  }
}
