import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@memori/database';
import type { AliasReference } from './alias-request';
import type { AliasRow } from './alias-reply';

export type StoredAlias = Omit<AliasRow, 'language'>;

/** What people call tables and columns, beside the catalogue. */
@Injectable()
export class AliasRepository {
  constructor(private readonly database: Database) {}

  async read(tenantId: string, dataSourceId: string): Promise<StoredAlias[]> {
    return this.database.query<StoredAlias>(
      { tenantId },
      `SELECT schema_name AS schema, table_name AS "table", column_name AS "column", aliases FROM memori.catalog_aliases
       WHERE tenant_id = $1 AND data_source_id = $2 ORDER BY 1, 2, 3, language`,
      [tenantId, dataSourceId],
    );
  }

  /** The shape of each piece that was described, by `placeOf`. */
  async described(tx: Tx, tenantId: string, dataSourceId: string): Promise<Map<string, string>> {
    const rows = await tx.query<{ schema: string; table: string; part: number; shape: string }>(
      `SELECT schema_name AS schema, table_name AS "table", part, shape FROM memori.described_tables
       WHERE tenant_id = $1 AND data_source_id = $2`,
      [tenantId, dataSourceId],
    );
    return new Map(rows.map((row) => [placeOf(row), row.shape]));
  }

  /** False: the data source is gone. The rise of its revision lets every process see the new names. */
  async touch(tx: Tx, tenantId: string, dataSourceId: string): Promise<boolean> {
    const rows = await tx.query(
      `UPDATE memori.data_sources SET catalog_revision = catalog_revision + 1 WHERE tenant_id = $1 AND id = $2 RETURNING id`,
      [tenantId, dataSourceId],
    );
    return rows.length > 0;
  }

  /** What a person wrote stays. */
  async store(
    tx: Tx,
    tenantId: string,
    { dataSourceId, pieces }: AliasReference,
    rows: readonly AliasRow[],
  ): Promise<void> {
    await tx.query(
      `INSERT INTO memori.catalog_aliases AS a
         (tenant_id, data_source_id, schema_name, table_name, column_name, language, source, aliases)
       SELECT $1, $2, r.schema, r."table", r."column", r.language, 'model', r.aliases
       FROM jsonb_to_recordset($3) AS r (schema text, "table" text, "column" text, language text, aliases text[])
       ON CONFLICT (data_source_id, schema_name, table_name, column_name, language)
       DO UPDATE SET aliases = excluded.aliases, updated_at = clock_timestamp() WHERE a.source = 'model'`,
      [tenantId, dataSourceId, JSON.stringify(rows)],
    );
    await tx.query(
      `INSERT INTO memori.described_tables (tenant_id, data_source_id, schema_name, table_name, part, shape)
       SELECT $1, $2, p.schema, p."table", p.part, p.shape
       FROM jsonb_to_recordset($3) AS p (schema text, "table" text, part integer, shape text)
       ON CONFLICT (data_source_id, schema_name, table_name, part) DO UPDATE SET shape = excluded.shape`,
      [tenantId, dataSourceId, JSON.stringify(pieces)],
    );
  }
}

/** Names one piece of a table. */
export function placeOf({ schema, table, part }: { schema: string; table: string; part: number }): string {
  return JSON.stringify([schema, table, part]);
}
