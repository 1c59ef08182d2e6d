import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '@memori/database';
import { vectorFromBytes, vectorToBytes } from '@memori/embedding';
import type { DataSourceRecord } from '../data-source/data-source.record';

type Place = Pick<DataSourceRecord, 'id' | 'tenantId'>;

interface Row {
  readonly text_hash: Buffer;
  readonly vector: Buffer;
}

/** The vectors of the texts of catalogues. A text is known by its hash: what a sync leaves alone is not embedded again. */
@Injectable()
export class TableVectorRepository {
  constructor(private readonly database: Database) {}

  /** Those that are kept, by `hashOf`. */
  async read({ tenantId, id }: Place, model: string): Promise<Map<string, Float32Array>> {
    const rows = await this.database.query<Row>(
      { tenantId },
      'SELECT text_hash, vector FROM memori.catalog_vectors WHERE tenant_id = $1 AND data_source_id = $2 AND model = $3',
      [tenantId, id, model],
    );
    return new Map(rows.map((row) => [row.text_hash.toString('hex'), vectorFromBytes(row.vector)]));
  }

  /** Does nothing when the data source is gone meanwhile. */
  async add({ tenantId, id }: Place, model: string, vectors: ReadonlyMap<string, Float32Array>): Promise<void> {
    await this.database.query(
      { tenantId },
      `INSERT INTO memori.catalog_vectors (tenant_id, data_source_id, model, text_hash, vector)
       SELECT d.tenant_id, d.id, $3, v.hash, v.vector
       FROM unnest($4::bytea[], $5::bytea[]) AS v (hash, vector)
       JOIN memori.data_sources d ON d.tenant_id = $1 AND d.id = $2
       ON CONFLICT DO NOTHING`,
      [
        tenantId,
        id,
        model,
        [...vectors.keys()].map((hash) => Buffer.from(hash, 'hex')),
        [...vectors.values()].map(vectorToBytes),
      ],
    );
  }

  /** Drops what the catalogue has no text for any more, and what another model made. */
  async keepOnly({ tenantId, id }: Place, model: string, hashes: readonly string[]): Promise<void> {
    await this.database.query(
      { tenantId },
      `DELETE FROM memori.catalog_vectors WHERE tenant_id = $1 AND data_source_id = $2
         AND (model <> $3 OR text_hash <> ALL ($4::bytea[]))`,
      [tenantId, id, model, hashes.map((hash) => Buffer.from(hash, 'hex'))],
    );
  }
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
