import { Injectable } from '@nestjs/common';
import { Database } from '@memori/database';
import { NotFoundError } from '@memori/errors';
import type { Principal } from '@memori/scope';
import { Audit, decodeCursor, type Page, type PageRequest, pageOf, requireRole } from '@memori/security';
import type { CatalogTable } from '../data-source/catalog';
import { DataSources } from '../data-source/data-sources';
import { aliasEdits, type AliasLine, placeOf } from './alias-edits';
import { AliasRepository, type StoredAlias } from './alias.repository';

/** What people call a table and its columns, and which of it a person wrote. */
export interface TableAliases {
  readonly schema: string;
  readonly table: string;
  readonly aliases: readonly string[];
  /** By the name of the column; columns that are called nothing else are left out. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
  readonly writtenByPerson: { readonly table: boolean; readonly columns: readonly string[] };
}

/** Names of tables and columns as people see and correct them. Curators write, everybody of the tenant reads. */
@Injectable()
export class EditedAliases {
  constructor(
    private readonly database: Database,
    private readonly repository: AliasRepository,
    private readonly dataSources: DataSources,
    private readonly audit: Audit,
  ) {}

  /** Every table of the catalogue, by schema and name, also those that are called nothing else. */
  async list(principal: Principal, dataSource: string, page: PageRequest): Promise<Page<TableAliases>> {
    const after = page.cursor === undefined ? '' : decodeCursor(page.cursor, /^\[.+\]$/su);
    const tables = await this.tables(principal, dataSource);
    const rest = tables.filter(({ schema, table }) => placeOf(schema, table) > after);
    return pageOf(rest.slice(0, page.limit + 1), page.limit, ({ schema, table }) => placeOf(schema, table));
  }

  /**
   * A person's word stands in place of all that the model wrote of that table or column, in every language and over
   * later runs of the model; an empty list: it is called nothing else. All or nothing.
   */
  async change(
    principal: Principal,
    dataSource: string,
    lines: readonly AliasLine[],
    requestId?: string,
  ): Promise<TableAliases[]> {
    requireRole(principal, 'curator');
    const record = await this.dataSources.resolve(principal, dataSource);
    const edits = aliasEdits(lines, await this.dataSources.catalog(record));
    const { tenantId } = record;
    await this.database.transaction({ tenantId }, async (tx) => {
      if (!(await this.repository.write(tx, tenantId, record.id, edits)))
        throw new NotFoundError('data source', record.id);
      await this.audit.record(tx, {
        principal,
        action: 'aliases.change',
        subjectType: 'data-source',
        subjectId: record.id,
        requestId,
        details: { tables: lines.length, names: edits.length },
      });
    });
    const named = new Set(lines.map(({ schema, table }) => placeOf(schema, table)));
    return (await this.tables(principal, record.id)).filter(({ schema, table }) => named.has(placeOf(schema, table)));
  }

  private async tables(principal: Principal, dataSource: string): Promise<TableAliases[]> {
    const record = await this.dataSources.resolve(principal, dataSource);
    const { tables } = await this.dataSources.catalog(record);
    const stored = new Map<string, StoredAlias[]>();
    for (const row of await this.repository.read(record.tenantId, record.id)) {
      const place = placeOf(row.schema, row.table);
      stored.set(place, [...(stored.get(place) ?? []), row]);
    }
    return tables
      .map((table) => aliasesOf(table, stored.get(placeOf(table.schema, table.name)) ?? []))
      .sort((a, b) => (placeOf(a.schema, a.table) < placeOf(b.schema, b.table) ? -1 : 1));
  }
}

function aliasesOf({ schema, name, columns }: CatalogTable, stored: readonly StoredAlias[]): TableAliases {
  const of = (column: string) => stored.filter((row) => row.column === column);
  const called = (column: string) => [...new Set(of(column).flatMap(({ aliases }) => aliases))];
  const byPerson = (column: string) => of(column).some(({ source }) => source === 'person');
  const names = columns.map((column) => column.name);
  return {
    schema,
    table: name,
    aliases: called(''),
    columns: Object.fromEntries(
      names.map((column) => [column, called(column)] as const).filter(([, all]) => all.length > 0),
    ),
    writtenByPerson: { table: byPerson(''), columns: names.filter(byPerson) },
  };
}
