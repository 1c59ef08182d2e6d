import { Injectable } from '@nestjs/common';
import { Database, readSql, type Tx } from '@memori/database';
import type { VectorGeneration, VectorPlace } from './vector-index';

const ITEMS = readSql(__dirname, 'items-to-embed.sql');

/** A namespace whose vectors somebody is making, by the row that says how far they are. */
export interface ClaimedPlace extends VectorPlace {
  readonly upto: number;
  /** Of the namespace when it was claimed. */
  readonly version: number;
  readonly fence: string;
  readonly attempts: number;
}

export interface ItemToEmbed {
  readonly kind: 'turn' | 'fact';
  readonly id: string;
  readonly content: string;
  readonly passageEnds: readonly number[] | null;
  readonly version: number | null;
}

/** How the end of a claim leaves it: done up to a version, or to be tried again. */
export interface WorkEnd {
  readonly upto: number;
  readonly error: string | null;
  readonly waitMs: number;
}

/** The rows that say how far each namespace is embedded, and the generations of vectors. */
@Injectable()
export class VectorWorkRepository {
  constructor(private readonly database: Database) {}

  async openGeneration(model: string, dimensions: number): Promise<VectorGeneration> {
    const [row] = await this.database.call<{ id: number }>(
      `INSERT INTO memori.vector_generations AS g (model, dimensions) VALUES ($1, $2)
       ON CONFLICT (model) DO UPDATE SET used_at = clock_timestamp() RETURNING id`,
      [generationName(model, dimensions), dimensions],
    );
    if (!row) throw new Error('A generation of vectors could not be opened.');
    return { id: row.id, dimensions };
  }

  async findGeneration(model: string, dimensions: number): Promise<VectorGeneration | undefined> {
    const [row] = await this.database.call<{ id: number }>(
      'SELECT id FROM memori.vector_generations WHERE model = $1',
      [generationName(model, dimensions)],
    );
    return row && { id: row.id, dimensions };
  }

  async claim(generation: VectorGeneration, claimMs: number): Promise<ClaimedPlace | undefined> {
    const [row] = await this.database.call<{
      tenant_id: string;
      user_id: string;
      namespace: string;
      upto: string;
      version: string;
      fence: string;
      attempts: number;
    }>('SELECT * FROM memori.claim_vector_work($1, $2)', [generation.id, claimMs]);
    if (!row) return undefined;
    const { tenant_id: tenantId, user_id: userId, namespace, fence, attempts } = row;
    return { tenantId, userId, namespace, fence, attempts, upto: Number(row.upto), version: Number(row.version) };
  }

  async items(tx: Tx, claimed: ClaimedPlace, generation: VectorGeneration, most: number): Promise<ItemToEmbed[]> {
    const { tenantId, userId, namespace, upto } = claimed;
    const rows = await tx.query<ItemToEmbed & { passage_ends: number[] | null }>(ITEMS, [
      tenantId,
      userId,
      namespace,
      upto,
      generation.id,
      most,
    ]);
    return rows.map(({ passage_ends, ...item }) => ({ ...item, passageEnds: passage_ends }));
  }

  async end(generation: VectorGeneration, claimed: ClaimedPlace, { upto, error, waitMs }: WorkEnd): Promise<void> {
    const { tenantId, userId, namespace, fence } = claimed;
    const params = [generation.id, tenantId, userId, namespace, fence, upto, error, Math.round(waitMs)];
    await this.database.call('SELECT memori.end_vector_work($1, $2, $3, $4, $5, $6, $7, $8)', params);
  }

  async waiting({ id }: VectorGeneration): Promise<number> {
    const [row] = await this.database.call<{ count: number }>('SELECT memori.vectors_waiting($1) AS count', [id]);
    return row?.count ?? 0;
  }

  async dropOld(generation: VectorGeneration, idleMs: number): Promise<number> {
    const [row] = await this.database.call<{ gone: number }>('SELECT memori.drop_old_vectors($1, $2) AS gone', [
      generation.id,
      idleMs,
    ]);
    return row?.gone ?? 0;
  }
}

/** A model that changes its dimensions under one name is another model. */
function generationName(model: string, dimensions: number): string {
  return `${model}/${dimensions}`;
}
