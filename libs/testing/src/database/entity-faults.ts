import type { DataSource } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata';

interface TableColumn {
  readonly table: string;
  readonly name: string;
  /** As `format_type()` prints it. */
  readonly type: string;
  readonly nullable: boolean;
  readonly primary: boolean;
}

/** Names of types that TypeORM writes in another way than PostgreSQL. */
const WRITTEN: Record<string, string> = { timestamptz: 'timestamp with time zone', int: 'integer', bool: 'boolean' };

/** Where the entities of a connection differ from the tables as they were migrated: columns, types, NOT NULL, keys. */
export async function entityFaults(dataSource: DataSource): Promise<string[]> {
  const tables = dataSource.entityMetadatas.map(({ tablePath }) => tablePath);
  const rows = await dataSource.query<TableColumn[]>(
    `SELECT t.path AS "table", a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
            NOT a.attnotnull AS nullable, coalesce(a.attnum = ANY (i.indkey), false) AS "primary"
     FROM unnest($1::text[]) AS t (path) JOIN pg_attribute a ON a.attrelid = to_regclass(t.path)
     LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
     WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY t.path, a.attnum`,
    [tables],
  );
  return dataSource.entityMetadatas.flatMap(({ tablePath, columns }) => {
    const there = rows.filter(({ table }) => table === tablePath).map(said);
    const told = columns.map((column) => said(asTableColumn(tablePath, column)));
    return [
      ...there.filter((column) => !told.includes(column)).map((column) => `no entity has ${column}`),
      ...told.filter((column) => !there.includes(column)).map((column) => `no table has ${column}`),
    ];
  });
}

function asTableColumn(table: string, column: ColumnMetadata): TableColumn {
  const type = String(column.type);
  const { databaseName: name, isNullable: nullable, isPrimary: primary } = column;
  return { table, name, type: `${WRITTEN[type] ?? type}${column.isArray ? '[]' : ''}`, nullable, primary };
}

function said({ table, name, type, nullable, primary }: TableColumn): string {
  return `${table}.${name} ${type}${nullable ? '' : ' NOT NULL'}${primary ? ' (key)' : ''}`;
}
