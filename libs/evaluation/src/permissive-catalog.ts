import type { Catalog, CatalogFunction, CatalogTable, SqlParser } from '@memori/text2sql';

const SCHEMA = 'public';

/**
 * A catalogue in which every relation, column and function that a statement names exists: so that whatever the guard
 * refuses it for is not a name that it does not know. `functions` are added to those named, if a real database gave some.
 */
export async function permissiveCatalog(
  sql: string,
  parser: SqlParser,
  functions: readonly CatalogFunction[] = [],
): Promise<Catalog> {
  const outcome = await parser.parse(sql);
  const names = new Names();
  if (outcome.kind === 'parsed') names.read(JSON.parse(outcome.tree));
  return {
    version: 'permissive',
    schemas: [SCHEMA],
    tables: names.tables(),
    functions: [...functions, ...names.functions()],
  };
}

type Fields = Readonly<Record<string, unknown>>;

interface Relation {
  readonly schema: string;
  readonly name: string;
  readonly alias: string;
  readonly columns: Set<string>;
}

/** Reads names off a tree: each column is given to the relation that its qualifier names, else to the nearest FROM. */
class Names {
  private readonly relations: Relation[] = [];
  private readonly called = new Set<string>();

  read(tree: unknown): void {
    this.collect(tree);
    this.columns(tree, undefined);
  }

  tables(): CatalogTable[] {
    const byName = new Map<string, Relation>();
    for (const relation of this.relations) {
      const key = `${relation.schema}.${relation.name}`;
      const known = byName.get(key);
      if (known) for (const column of relation.columns) known.columns.add(column);
      else byName.set(key, { ...relation, columns: new Set(relation.columns) });
    }
    return [...byName.values()].map(({ schema, name, columns }) => ({
      schema,
      name,
      kind: 'table',
      comment: null,
      columns: [...columns].map((column) => ({ name: column, type: 'text', nullable: true, comment: null })),
      primaryKey: [],
      foreignKeys: [],
      estimatedRows: 0,
    }));
  }

  functions(): CatalogFunction[] {
    const kind = { schema: 'pg_catalog', kind: 'f', volatility: 's', builtin: true, securityDefiner: false } as const;
    return [...this.called].map((name) => ({ ...kind, name }));
  }

  private collect(node: unknown): void {
    eachNode(node, (type, fields) => {
      if (type === 'RangeVar') this.relations.push(relationOf(fields));
      if (type === 'FuncCall') this.called.add(partsOf(fields['funcname']).at(-1) ?? '');
    });
  }

  /** `nearest`: the first relation of the innermost FROM around. */
  private columns(node: unknown, nearest: Relation | undefined): void {
    if (Array.isArray(node)) for (const item of node) this.columns(item, nearest);
    else if (isObject(node)) {
      if ('ColumnRef' in node) this.give(partsOf((node['ColumnRef'] as Fields)['fields']), nearest);
      const from = node['fromClause'];
      const inner = from === undefined ? nearest : (this.firstIn(from) ?? nearest);
      for (const value of Object.values(node)) this.columns(value, inner);
    }
  }

  private firstIn(from: unknown): Relation | undefined {
    let first: Relation | undefined;
    eachNode(from, (type, fields) => {
      if (type !== 'RangeVar' || first) return;
      const { name, alias } = relationOf(fields);
      first = this.relations.find((relation) => relation.name === name && relation.alias === alias);
    });
    return first;
  }

  private give(parts: readonly string[], nearest: Relation | undefined): void {
    const column = parts.at(-1);
    if (column === undefined) return;
    const qualifier = parts.at(-2);
    const owners = qualifier === undefined ? [nearest] : this.relations.filter(({ alias }) => alias === qualifier);
    for (const owner of owners) owner?.columns.add(column);
  }
}

function relationOf(fields: Fields): Relation {
  const name = String(fields['relname'] ?? '');
  const alias = isObject(fields['alias']) ? String(fields['alias']['aliasname'] ?? name) : name;
  return { schema: String(fields['schemaname'] ?? SCHEMA), name, alias, columns: new Set() };
}

/** Names of a list of String nodes; `*` and anything else are left out. */
function partsOf(list: unknown): string[] {
  const items = Array.isArray(list) ? list : [];
  return items.flatMap((item) => {
    const text = isObject(item) && isObject(item['String']) ? item['String']['sval'] : undefined;
    return typeof text === 'string' ? [text] : [];
  });
}

function eachNode(node: unknown, visit: (type: string, fields: Fields) => void): void {
  if (Array.isArray(node)) for (const item of node) eachNode(item, visit);
  else if (isObject(node))
    for (const [type, value] of Object.entries(node)) {
      if (isObject(value)) visit(type === 'relation' && 'relname' in value ? 'RangeVar' : type, value);
      eachNode(value, visit);
    }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
