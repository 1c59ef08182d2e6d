import type { Catalog, CatalogFunction, CatalogOperator, CatalogTable, CatalogType } from '../../data-source/catalog';
import { parseTypeText } from './type-text';

/** All functions of one name. */
export interface NamedFunctions {
  builtin: CatalogFunction[];
  other: CatalogFunction[];
}

const NONE: NamedFunctions = { builtin: [], other: [] };

/** A catalogue arranged for look-ups by name. Made once a catalogue, since catalogues live long. */
export class CatalogIndex {
  readonly schemas: readonly string[];
  private readonly tables = new Map<string, CatalogTable[]>();
  private readonly functions = new Map<string, NamedFunctions>();
  private readonly types = new Map<string, CatalogType[]>();
  private readonly operators = new Map<string, CatalogOperator[]>();
  private owners?: Map<string, CatalogTable[]>;

  private static readonly known = new WeakMap<Catalog, CatalogIndex>();

  static of(catalog: Catalog): CatalogIndex {
    const known = CatalogIndex.known.get(catalog);
    if (known) return known;
    const index = new CatalogIndex(catalog);
    CatalogIndex.known.set(catalog, index);
    return index;
  }

  private constructor(catalog: Catalog) {
    this.schemas = catalog.schemas;
    for (const table of catalog.tables) add(this.tables, table.name, table);
    for (const type of catalog.types ?? enumsOf(catalog)) add(this.types, type.name, type);
    for (const operator of catalog.operators ?? []) add(this.operators, operator.name, operator);
    for (const entry of catalog.functions) this.addFunction(entry);
  }

  /** Tables that a name may mean: those of one schema, or of all that are looked through. */
  tablesNamed(name: string, schema?: string): CatalogTable[] {
    return (this.tables.get(name) ?? []).filter((table) => this.isSeen(table.schema, schema));
  }

  functionsNamed(name: string): NamedFunctions {
    return this.functions.get(name) ?? NONE;
  }

  typesNamed(name: string, schema?: string): CatalogType[] {
    return (this.types.get(name) ?? []).filter((type) => this.isSeen(type.schema, schema));
  }

  operatorsNamed(name: string, schema?: string): CatalogOperator[] {
    return (this.operators.get(name) ?? []).filter((operator) => this.isSeen(operator.schema, schema));
  }

  /** Whether an unqualified name is looked for in this schema. */
  isVisible(schema: string): boolean {
    return this.schemas.includes(schema);
  }

  /** Tables with a column of exactly this name. Gathered when first asked for: only wrong names ask. */
  tablesWithColumn(name: string): readonly CatalogTable[] {
    return (this.owners ??= this.ownersByColumn()).get(name) ?? [];
  }

  *tableNames(): Iterable<CatalogTable> {
    for (const tables of this.tables.values()) yield* tables;
  }

  private ownersByColumn(): Map<string, CatalogTable[]> {
    const owners = new Map<string, CatalogTable[]>();
    for (const table of this.tableNames()) for (const column of table.columns) add(owners, column.name, table);
    return owners;
  }

  private isSeen(schema: string, wanted: string | undefined): boolean {
    return wanted === undefined ? this.isVisible(schema) : schema === wanted;
  }

  private addFunction(entry: CatalogFunction): void {
    const named = this.functions.get(entry.name) ?? { builtin: [], other: [] };
    (entry.builtin ? named.builtin : named.other).push(entry);
    this.functions.set(entry.name, named);
  }
}

function add<T>(map: Map<string, T[]>, name: string, value: T): void {
  const values = map.get(name);
  if (values) values.push(value);
  else map.set(name, [value]);
}

/** Enums as the columns show them, for a catalogue that lists no types. */
function enumsOf(catalog: Catalog): CatalogType[] {
  const columns = catalog.tables.flatMap((table) => table.columns.filter((column) => column.enumValues));
  const texts = new Set(columns.map((column) => column.type));
  return [...texts].flatMap((text) => {
    const { name, schema } = parseTypeText(text);
    const schemas = schema === undefined ? catalog.schemas : [schema];
    return schemas.map((each) => ({ schema: each, name, kind: 'enum' as const, parts: [] }));
  });
}
