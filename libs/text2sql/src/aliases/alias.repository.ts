import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@memori/database';
import type { AliasReference } from './alias-request';
import type { AliasRow } from './alias-reply';

export interface StoredAlias extends Omit<AliasRow, 'language'> {
  readonly source?: 'model' | 'person';
}

/** What a table (column: empty) or a column is called from now on, as a person says. */
export interface AliasEdit extends Omit<AliasRow, 'language' | 'aliases'> {
  readonly aliases: readonly string[] | null;
}

/** What people call tables and columns, beside the catalogue. */
@Injectable()
export class AliasRepository {
  constructor(private readonly database: Database) {}

  async read(tenantId: string, dataSourceId: string): Promise<StoredAlias[]> {
    return this.database.query<StoredAlias>(
      { tenantId },
      `SELECT a.schema_name AS schema, a.table_name AS "table", a.column_name AS "column", a.aliases, a.source
       FROM memori.catalog_aliases a JOIN memori.data_sources d ON d.tenant_id = a.tenant_id AND d.id = a.data_source_id
       WHERE a.tenant_id = $1 AND a.data_source_id = $2
         AND (a.source = 'person' OR a.language = ANY (d.languages) AND NOT EXISTS (
           SELECT FROM memori.catalog_aliases p
           WHERE (p.data_source_id, p.schema_name, p.table_name, p.column_name, p.language)
             = (a.data_source_id, a.schema_name, a.table_name, a.column_name, 'und')))
       ORDER BY 1, 2, 3, a.language`,
      [tenantId, dataSourceId],
    );
  }

  /** A person's word, in place of all that the model wrote; null takes it back. False: the data source is gone. */
  async write(tx: Tx, tenantId: string, dataSourceId: string, edits: readonly AliasEdit[]): Promise<boolean> {
    if (!(await this.touch(tx, tenantId, dataSourceId))) return false;
    const params = [tenantId, dataSourceId, JSON.stringify(edits)];
    await tx.query(
      `DELETE FROM memori.catalog_aliases a USING jsonb_to_recordset($3) AS r (schema text, "table" text, "column" text)
       WHERE a.tenant_id = $1 AND a.data_source_id = $2 AND a.source = 'person'
         AND (a.schema_name, a.table_name, a.column_name) = (r.schema, r."table", r."column")`,
      params,
    );
    await tx.query(
      `INSERT INTO memori.catalog_aliases
         (tenant_id, data_source_id, schema_name, table_name, column_name, language, source, aliases)
       SELECT $1, $2, r.schema, r."table", r."column", 'und', 'person', r.aliases
       FROM jsonb_to_recordset($3) AS r (schema text, "table" text, "column" text, aliases text[])
       WHERE r.aliases IS NOT NULL`,
      params,
    );
    return true;
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
