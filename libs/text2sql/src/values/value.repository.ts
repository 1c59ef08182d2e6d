import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@memori/database';
import type { ColumnValues, GatheredValues } from './gather-values';

/** The values of columns in Memori's own database. */
@Injectable()
export class ValueRepository {
  constructor(private readonly database: Database) {}

  async read(tenantId: string, dataSourceId: string): Promise<ColumnValues[]> {
    return this.database.query<ColumnValues>(
      { tenantId },
      `SELECT schema_name AS schema, table_name AS "table", column_name AS "column", stored_values AS "values",
         is_complete AS "isComplete"
       FROM memori.column_values WHERE tenant_id = $1 AND data_source_id = $2
       ORDER BY schema_name COLLATE "C", table_name COLLATE "C", column_name COLLATE "C"`,
      [tenantId, dataSourceId],
    );
  }

  /**
   * Replaces what was kept. Columns that could not be read this time keep what they had, unless `isAnew`: then that may be
   * of another database, or what is no longer allowed.
   */
  async store(
    tx: Tx,
    tenantId: string,
    dataSourceId: string,
    { columns, missed }: GatheredValues,
    isAnew: boolean,
  ): Promise<void> {
    const kept = isAnew ? [] : missed.flatMap((each) => each.columns.map((column) => ({ ...each, column })));
    await tx.query(
      `DELETE FROM memori.column_values AS v WHERE tenant_id = $1 AND data_source_id = $2 AND NOT EXISTS (
         SELECT FROM jsonb_to_recordset($3) AS k (schema text, "table" text, "column" text)
         WHERE k.schema = v.schema_name AND k."table" = v.table_name AND k."column" = v.column_name)`,
      [tenantId, dataSourceId, JSON.stringify(kept)],
    );
    await tx.query(
      `INSERT INTO memori.column_values
         (tenant_id, data_source_id, schema_name, table_name, column_name, stored_values, is_complete)
       SELECT $1, $2, c.schema, c."table", c."column", c."values", c."isComplete"
       FROM jsonb_to_recordset($3) AS c (schema text, "table" text, "column" text, "values" text[], "isComplete" boolean)`,
      [tenantId, dataSourceId, JSON.stringify(columns)],
    );
  }
}
