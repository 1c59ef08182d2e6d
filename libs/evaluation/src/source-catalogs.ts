import { type Catalog, type StoredAlias, withAliases } from '@memori/text2sql';
import type { SchemaMap } from './schema-map';

/** The catalogue of a database, whole and cut by schema. */
export class SourceCatalogs {
  private readonly cut = new Map<string, Catalog | undefined>();

  constructor(
    readonly whole: Catalog,
    private readonly schemaOf: SchemaMap,
  ) {}

  /** As a data source with this one schema has it; undefined when the database has no such schema. */
  find(dbId: string): Catalog | undefined {
    const schema = this.schemaOf(dbId);
    if (!this.cut.has(schema)) this.cut.set(schema, this.only(schema));
    return this.cut.get(schema);
  }

  /** The same with what people call its tables and columns. */
  named(aliases: readonly StoredAlias[]): SourceCatalogs {
    return new SourceCatalogs(withAliases(this.whole, aliases), this.schemaOf);
  }

  private only(schema: string): Catalog | undefined {
    const tables = this.whole.tables.filter((table) => table.schema === schema);
    return tables.length === 0 ? undefined : { ...this.whole, schemas: [schema], tables };
  }
}
