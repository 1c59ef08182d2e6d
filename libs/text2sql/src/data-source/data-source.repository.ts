import { Injectable } from '@nestjs/common';
import { Database, errorCodeOf, SYSTEM_SCOPE, type Tx } from '@memori/database';
import { ConflictError } from '@memori/errors';
import type { DataSourceRecord, Finding, SampleValues, SslMode } from './data-source.record';

/** The columns of a new or changed data source. */
export interface DataSourceRow {
  id: string;
  tenantId: string;
  name: string;
  host: string;
  port: number;
  database: string;
  username: string;
  ssl: SslMode;
  /** Sealed by the vault. */
  connection: Buffer;
  wantedSchemas: string[] | null;
  schemas: string[];
  description: string | null;
  sampleValues: SampleValues;
  timeZone: string | null;
  languages: string[];
  shareRows: boolean;
  findings: Finding[];
}

/** A row as it stands, held until the transaction ends. */
export type LockedRow = DataSourceRow & Pick<DataSourceRecord, 'connectionRevision'>;

/** A catalogue to be stored: its version, its size and its gzipped JSON. */
export interface StoredCatalog {
  version: string;
  tables: number;
  bytes: Buffer;
}

const COLUMNS = `id, tenant_id AS "tenantId", name, dialect, host, port, database_name AS "database", username, ssl, schemas,
  wanted_schemas AS "wantedSchemas", description, sample_values AS "sampleValues", time_zone AS "timeZone",
  languages, share_rows AS "shareRows", version,
  catalog_revision::integer AS "catalogRevision", connection_revision::integer AS "connectionRevision",
  glossary_version::integer AS "glossaryVersion", tables, findings,
  created_at AS "createdAt", updated_at AS "updatedAt"`;

/** Old versions of a catalogue that are kept, to tell what an old answer was made from. */
const KEPT_VERSIONS = 20;

type Raw = Omit<DataSourceRecord, 'createdAt' | 'updatedAt'> & { createdAt: Date; updatedAt: Date };

/** The data sources in Memori's own database. */
@Injectable()
export class DataSourceRepository {
  constructor(private readonly database: Database) {}

  async findById(tenantId: string, id: string): Promise<DataSourceRecord | undefined> {
    return this.findOne(tenantId, 'id = $2', id);
  }

  async findByName(tenantId: string, name: string): Promise<DataSourceRecord | undefined> {
    return this.findOne(tenantId, 'name = $2', name);
  }

  /** In the order of their ids, after `after`. */
  async list(tenantId: string, after: string | null, limit: number): Promise<DataSourceRecord[]> {
    const sql = `SELECT ${COLUMNS} FROM memori.data_sources
      WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`;
    return (await this.database.query<Raw>({ tenantId }, sql, [tenantId, after, limit])).map(recordOf);
  }

  async insert(tx: Tx, row: DataSourceRow): Promise<void> {
    const sql = `INSERT INTO memori.data_sources (id, tenant_id, name, dialect, host, port, database_name, username, ssl,
        connection_sealed, wanted_schemas, schemas, description, sample_values, time_zone, findings,
        share_rows, languages)
      VALUES ($1, $2, $3, 'postgresql', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`;
    await uniquely(row.name, () => tx.query(sql, valuesOf(row)));
  }

  /** Everything but the catalogue. */
  async update(tx: Tx, row: DataSourceRow, isNewConnection: boolean): Promise<void> {
    const sql = `UPDATE memori.data_sources SET name = $3, host = $4, port = $5, database_name = $6, username = $7, ssl = $8,
        connection_sealed = $9, wanted_schemas = $10, schemas = $11, description = $12, sample_values = $13, time_zone = $14,
        findings = $15, share_rows = $16, languages = $17,
        -- Names in other languages are another catalogue for those who keep one in memory.
        catalog_revision = catalog_revision + (languages IS DISTINCT FROM $17)::integer, connection_revision = connection_revision + $18::integer, updated_at = now()
      WHERE id = $1 AND tenant_id = $2`;
    await uniquely(row.name, () => tx.query(sql, [...valuesOf(row), isNewConnection ? 1 : 0]));
  }

  async lock(tx: Tx, tenantId: string, id: string): Promise<LockedRow | undefined> {
    const sql = `SELECT ${COLUMNS}, connection_sealed AS connection FROM memori.data_sources
      WHERE tenant_id = $1 AND id = $2 FOR UPDATE`;
    return (await tx.query<LockedRow>(sql, [tenantId, id]))[0];
  }

  async delete(tx: Tx, tenantId: string, id: string): Promise<void> {
    await tx.query('DELETE FROM memori.data_sources WHERE tenant_id = $1 AND id = $2', [tenantId, id]);
  }

  /** Makes `catalog` the current one. An unchanged version keeps its row and gets new samples and estimates. */
  async storeCatalog(tx: Tx, tenantId: string, id: string, catalog: StoredCatalog): Promise<void> {
    await tx.query(
      `INSERT INTO memori.data_source_snapshots (tenant_id, data_source_id, version, catalog) VALUES ($1, $2, $3, $4)
       ON CONFLICT (data_source_id, version) DO UPDATE SET catalog = EXCLUDED.catalog, introspected_at = now()`,
      [tenantId, id, catalog.version, catalog.bytes],
    );
    await tx.query(
      `UPDATE memori.data_sources SET version = $3, tables = $4, catalog_revision = catalog_revision + 1
       WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id, catalog.version, catalog.tables],
    );
    await tx.query(
      `DELETE FROM memori.data_source_snapshots WHERE tenant_id = $1 AND data_source_id = $2 AND version NOT IN (
         SELECT version FROM memori.data_source_snapshots WHERE tenant_id = $1 AND data_source_id = $2
         ORDER BY introspected_at DESC, version = $3 DESC LIMIT $4)`,
      [tenantId, id, catalog.version, KEPT_VERSIONS],
    );
  }

  async readCatalog(tenantId: string, id: string, version: string): Promise<Buffer | undefined> {
    const sql =
      'SELECT catalog FROM memori.data_source_snapshots WHERE tenant_id = $1 AND data_source_id = $2 AND version = $3';
    const [row] = await this.database.query<{ catalog: Buffer }>({ tenantId }, sql, [tenantId, id, version]);
    return row?.catalog;
  }

  /** The sealed connection, for the pool alone. */
  async readConnection(tenantId: string, id: string): Promise<{ sealed: Buffer; revision: number } | undefined> {
    const sql = `SELECT connection_sealed AS sealed, connection_revision::integer AS revision FROM memori.data_sources
      WHERE tenant_id = $1 AND id = $2`;
    const [row] = await this.database.query<{ sealed: Buffer; revision: number }>({ tenantId }, sql, [tenantId, id]);
    return row;
  }

  /** What tells this server and database from every other. Undefined when the role may not ask. */
  async ownIdentity(): Promise<{ system: string; database: string } | undefined> {
    const sql = 'SELECT system_identifier::text AS system, current_database() AS database FROM pg_control_system()';
    const rows = await this.database.query<{ system: string; database: string }>(SYSTEM_SCOPE, sql).catch(() => []);
    return rows[0];
  }

  private async findOne(tenantId: string, condition: string, value: string): Promise<DataSourceRecord | undefined> {
    const sql = `SELECT ${COLUMNS} FROM memori.data_sources WHERE tenant_id = $1 AND ${condition}`;
    const [row] = await this.database.query<Raw>({ tenantId }, sql, [tenantId, value]);
    return row && recordOf(row);
  }
}

function valuesOf(row: DataSourceRow): unknown[] {
  return [
    row.id,
    row.tenantId,
    row.name,
    row.host,
    row.port,
    row.database,
    row.username,
    row.ssl,
    row.connection,
    row.wantedSchemas,
    row.schemas,
    row.description,
    row.sampleValues,
    row.timeZone,
    JSON.stringify(row.findings),
    row.shareRows,
    row.languages,
  ];
}

function recordOf(row: Raw): DataSourceRecord {
  return { ...row, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() };
}

async function uniquely<T>(name: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (errorCodeOf(error) !== '23505') throw error;
    throw new ConflictError(`There is already a data source named "${name}".`);
  }
}
