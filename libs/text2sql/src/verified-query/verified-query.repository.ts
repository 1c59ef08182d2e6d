import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@memori/database';
import type { VerifiedQuery } from './verified-query';

const COLUMNS = `id, tenant_id AS "tenantId", data_source_id AS "dataSourceId", question, sql, parameters, description,
  status, created_by AS "createdBy", created_at AS "createdAt", updated_at AS "updatedAt"`;

type Row = Omit<VerifiedQuery, 'createdAt' | 'updatedAt'> & { readonly createdAt: Date; readonly updatedAt: Date };

export type StoredQuery = Pick<
  VerifiedQuery,
  'id' | 'tenantId' | 'dataSourceId' | 'question' | 'sql' | 'parameters' | 'description' | 'createdBy'
> & { readonly normalised: string };

@Injectable()
export class VerifiedQueryRepository {
  constructor(private readonly database: Database) {}

  /** Undefined when another query of the data source answers the same question. */
  async insert(tx: Tx, query: StoredQuery): Promise<VerifiedQuery | undefined> {
    const rows = await tx.query<Row>(
      `INSERT INTO memori.verified_queries
         (id, tenant_id, data_source_id, question, normalised, sql, parameters, description, created_by)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (data_source_id, memori.question_hash(normalised)) DO NOTHING RETURNING ${COLUMNS}`,
      valuesOf(query),
    );
    return rows[0] && fromRow(rows[0]);
  }

  /** By its question: what an import repeats becomes a change. */
  async upsert(tx: Tx, query: StoredQuery): Promise<{ query: VerifiedQuery; created: boolean }> {
    const [row] = await tx.query<Row & { created: boolean }>(
      `INSERT INTO memori.verified_queries AS q
         (id, tenant_id, data_source_id, question, normalised, sql, parameters, description, created_by)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (data_source_id, memori.question_hash(normalised)) DO UPDATE SET question = excluded.question, sql = excluded.sql,
         parameters = excluded.parameters, description = excluded.description, status = 'verified', updated_at = now()
       RETURNING ${COLUMNS}, q.id = $1 AS created`,
      valuesOf(query),
    );
    if (!row) throw new Error('A verified query could not be written.');
    const { created, ...rest } = row;
    return { query: fromRow(rest), created };
  }

  async replace(tx: Tx, query: StoredQuery): Promise<VerifiedQuery | undefined> {
    const rows = await tx.query<Row>(
      `UPDATE memori.verified_queries SET question = $3, normalised = $4, sql = $5, parameters = $6, description = $7,
         status = 'verified', updated_at = now()
       WHERE id = $1 AND tenant_id = $2 RETURNING ${COLUMNS}`,
      [query.id, query.tenantId, ...valuesOf(query).slice(3, 8)],
    );
    return rows[0] && fromRow(rows[0]);
  }

  /** Another query that answers the same question already. */
  async hasTwin(tx: Tx, query: StoredQuery): Promise<boolean> {
    const rows = await tx.query(
      'SELECT 1 FROM memori.verified_queries WHERE data_source_id = $1 AND memori.question_hash(normalised) = memori.question_hash($2) AND id <> $3',
      [query.dataSourceId, query.normalised, query.id],
    );
    return rows.length > 0;
  }

  async find(tenantId: string, id: string): Promise<VerifiedQuery | undefined> {
    const rows = await this.database.query<Row>(
      { tenantId },
      `SELECT ${COLUMNS} FROM memori.verified_queries WHERE id = $1 AND tenant_id = $2`,
      [id, tenantId],
    );
    return rows[0] && fromRow(rows[0]);
  }

  async list(tenantId: string, dataSourceId: string, after: string | null, limit: number): Promise<VerifiedQuery[]> {
    const rows = await this.database.query<Row>(
      { tenantId },
      `SELECT ${COLUMNS} FROM memori.verified_queries
       WHERE tenant_id = $1 AND data_source_id = $2 AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT $4`,
      [tenantId, dataSourceId, after, limit],
    );
    return rows.map(fromRow);
  }

  async delete(tx: Tx, tenantId: string, id: string): Promise<boolean> {
    const rows = await tx.query('DELETE FROM memori.verified_queries WHERE id = $1 AND tenant_id = $2 RETURNING id', [
      id,
      tenantId,
    ]);
    return rows.length > 0;
  }

  /** Only if it still is the query that failed. */
  async markStale(query: VerifiedQuery): Promise<void> {
    await this.database.query(
      { tenantId: query.tenantId },
      `UPDATE memori.verified_queries SET status = 'stale', updated_at = now()
       WHERE id = $1 AND tenant_id = $2 AND sql = $3 AND status = 'verified'`,
      [query.id, query.tenantId, query.sql],
    );
  }

  /** Rises with every change; 0 when there never was one. */
  async version(tenantId: string, dataSourceId: string): Promise<string> {
    const [row] = await this.database.call<{ version: string }>(
      'SELECT memori.verified_query_version($1, $2) AS version',
      [tenantId, dataSourceId],
    );
    return row?.version ?? '0';
  }
}

function valuesOf(query: StoredQuery): unknown[] {
  const { id, tenantId, dataSourceId, question, normalised, sql, parameters, description, createdBy } = query;
  return [id, tenantId, dataSourceId, question, normalised, sql, JSON.stringify(parameters), description, createdBy];
}

function fromRow(row: Row): VerifiedQuery {
  return { ...row, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() };
}
