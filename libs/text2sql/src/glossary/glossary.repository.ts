import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@memori/database';
import type { GlossaryEntry, GlossaryKind } from './glossary-entry';
import type { GlossaryContent } from './glossary-input';

/** More than any prompt draws from, and as much as a process keeps in memory for one data source. */
export const MOST_ENTRIES = 5000;

const COLUMNS = `id, tenant_id AS "tenantId", data_source_id AS "dataSourceId", kind, name, synonyms, definition, expression,
  from_clause AS "from", status, created_by AS "createdBy", created_at AS "createdAt", updated_at AS "updatedAt"`;

type Row = Omit<GlossaryEntry, 'createdAt' | 'updatedAt'> & { readonly createdAt: Date; readonly updatedAt: Date };

export type StoredEntry = GlossaryContent & Pick<GlossaryEntry, 'id' | 'tenantId' | 'dataSourceId' | 'createdBy'>;

@Injectable()
export class GlossaryRepository {
  constructor(private readonly database: Database) {}

  /** Undefined when the data source has an entry of that kind and name already. */
  async insert(tx: Tx, entry: StoredEntry): Promise<GlossaryEntry | undefined> {
    const rows = await tx.query<Row>(
      `INSERT INTO memori.glossary_entries
         (id, tenant_id, data_source_id, kind, key, name, synonyms, definition, expression, from_clause, created_by)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
       ON CONFLICT (data_source_id, kind, key) DO NOTHING RETURNING ${COLUMNS}`,
      valuesOf(entry),
    );
    return rows[0] && fromRow(rows[0]);
  }

  /** By kind and name. What is there word for word is left alone, so that nothing made with it grows old. */
  async upsert(tx: Tx, entry: StoredEntry): Promise<'created' | 'updated' | 'unchanged'> {
    const rows = await tx.query<{ created: boolean }>(
      `INSERT INTO memori.glossary_entries AS e
         (id, tenant_id, data_source_id, kind, key, name, synonyms, definition, expression, from_clause, created_by)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
       ON CONFLICT (data_source_id, kind, key) DO UPDATE SET name = excluded.name, synonyms = excluded.synonyms,
         definition = excluded.definition, expression = excluded.expression, from_clause = excluded.from_clause,
         status = 'valid', updated_at = now()
       WHERE (e.name, e.synonyms, e.definition, e.expression, e.from_clause, e.status) IS DISTINCT FROM
         (excluded.name, excluded.synonyms, excluded.definition, excluded.expression, excluded.from_clause, 'valid')
       RETURNING e.id = $1 AS created`,
      valuesOf(entry),
    );
    if (!rows[0]) return 'unchanged';
    return rows[0].created ? 'created' : 'updated';
  }

  async replace(tx: Tx, entry: StoredEntry): Promise<GlossaryEntry | undefined> {
    const rows = await tx.query<Row>(
      `UPDATE memori.glossary_entries SET key = $3, name = $4, synonyms = $5, definition = $6, expression = $7,
         from_clause = $8, status = 'valid', updated_at = now()
       WHERE id = $1 AND tenant_id = $2 RETURNING ${COLUMNS}`,
      [entry.id, entry.tenantId, ...valuesOf(entry).slice(4, 10)],
    );
    return rows[0] && fromRow(rows[0]);
  }

  /** Another entry of that kind and name. */
  async hasTwin(tx: Tx, { dataSourceId, kind, key, id }: StoredEntry): Promise<boolean> {
    const sql =
      'SELECT 1 FROM memori.glossary_entries WHERE data_source_id = $1 AND kind = $2 AND key = $3 AND id <> $4';
    return (await tx.query(sql, [dataSourceId, kind, key, id])).length > 0;
  }

  async isFull(tx: Tx, tenantId: string, dataSourceId: string): Promise<boolean> {
    const [row] = await tx.query<{ count: number }>(
      'SELECT count(*)::integer AS count FROM memori.glossary_entries WHERE tenant_id = $1 AND data_source_id = $2',
      [tenantId, dataSourceId],
    );
    return (row?.count ?? 0) > MOST_ENTRIES;
  }

  async find(tenantId: string, dataSourceId: string, id: string): Promise<GlossaryEntry | undefined> {
    const rows = await this.database.query<Row>(
      { tenantId },
      `SELECT ${COLUMNS} FROM memori.glossary_entries WHERE id = $1 AND tenant_id = $2 AND data_source_id = $3`,
      [id, tenantId, dataSourceId],
    );
    return rows[0] && fromRow(rows[0]);
  }

  /** In the order of their ids, after `after`. */
  async list(
    tenantId: string,
    dataSourceId: string,
    {
      after = null,
      limit = MOST_ENTRIES,
      kind = null,
    }: { after?: string | null; limit?: number; kind?: GlossaryKind | null },
  ): Promise<GlossaryEntry[]> {
    const rows = await this.database.query<Row>(
      { tenantId },
      `SELECT ${COLUMNS} FROM memori.glossary_entries
       WHERE tenant_id = $1 AND data_source_id = $2 AND ($3::uuid IS NULL OR id > $3) AND ($4::text IS NULL OR kind = $4)
       ORDER BY id LIMIT $5`,
      [tenantId, dataSourceId, after, kind, limit],
    );
    return rows.map(fromRow);
  }

  async delete(tx: Tx, tenantId: string, id: string): Promise<boolean> {
    const sql = 'DELETE FROM memori.glossary_entries WHERE id = $1 AND tenant_id = $2 RETURNING id';
    return (await tx.query(sql, [id, tenantId])).length > 0;
  }

  /** Only if it still is the metric that was judged. */
  async setStatus(tx: Tx, entry: GlossaryEntry, status: GlossaryEntry['status']): Promise<boolean> {
    const rows = await tx.query(
      `UPDATE memori.glossary_entries SET status = $3, updated_at = now()
       WHERE id = $1 AND tenant_id = $2 AND expression = $4 AND from_clause = $5 AND status <> $3 RETURNING id`,
      [entry.id, entry.tenantId, status, entry.expression, entry.from],
    );
    return rows.length > 0;
  }
}

function valuesOf(entry: StoredEntry): unknown[] {
  const { id, tenantId, dataSourceId, kind, key, name, synonyms, definition, expression, from, createdBy } = entry;
  return [id, tenantId, dataSourceId, kind, key, name, synonyms, definition, expression, from, createdBy];
}

function fromRow(row: Row): GlossaryEntry {
  return { ...row, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() };
}
