import type { ColumnName, RelationName } from '../guard-verdict';

/** Where the value of a column comes from, for bounds on sizes. */
export interface ValueOrigin {
  expression: unknown;
  scope: Scope;
}

/** A column that can be named: of a table, a subquery, a function or a join. */
export interface Field {
  name: string;
  /** Columns of tables that are read when it is named. Those below a subquery were recorded there. */
  reads: readonly ColumnName[];
  /** A whole row: its own fields; open when some of them are not known. */
  row?: readonly Field[];
  isOpenRow?: boolean;
  /** The expressions that its value may come from. */
  origins?: readonly ValueOrigin[];
  /** Its value comes from a table and from nothing else. */
  isData?: boolean;
  /** A WITH RECURSIVE query's own column, named inside itself. */
  isSelf?: boolean;
  /** Can be named, but `*` leaves it out. */
  isHidden?: boolean;
  /** Stands for the columns of this table that the role may not read: `*` and whole rows need them all. */
  hiddenIn?: RelationName;
}

/** One entry of a FROM clause, as names see it. */
export interface RangeItem {
  /** Alias or own name; a subquery or join may have none. */
  name?: string;
  /** A table without an alias, which its schema may qualify. */
  relation?: RelationName;
  /** A table or view, which has system columns. */
  isTable?: boolean;
  fields: readonly Field[];
  /** It may have columns that are not known: what an unknown relation or a function of unknown type returns. */
  isOpen: boolean;
  /** `name.column` reaches it; a join with an alias hides its sides. */
  isNamed: boolean;
  /** A bare column name and `*` reach it; a join stands in for its sides. */
  isBare: boolean;
}

/** What the expressions of one query can see: its own FROM clause, then those around it. */
export interface Scope {
  items: RangeItem[];
  parent?: Scope;
  ctes?: CteScope;
}

/** What a FROM entry adds to the names of its query, and its columns as a join partner sees them. */
export interface FromEntry {
  items: RangeItem[];
  main: RangeItem;
}

/** What a query returns; open when some of its columns are not known. */
export interface Output {
  fields: readonly Field[];
  isOpen: boolean;
}

/** A WITH query. Its output is worked out when it is first named, since in WITH RECURSIVE later ones may be. */
export interface Cte {
  name: string;
  output: () => Output;
}

/** The WITH queries that can be seen at one place; inner ones hide outer ones of the same name. */
export interface CteScope {
  ctes: Map<string, Cte>;
  parent?: CteScope;
}

/** A scope inside another; absent parts stay absent. */
export function scopeWithin(parent: Scope | undefined, ctes: CteScope | undefined, items: RangeItem[] = []): Scope {
  return { items, ...(parent && { parent }), ...(ctes && { ctes }) };
}

/** The columns of an entry under the names that an alias gives them; an alias may name the first few only. */
export function renamed(fields: readonly Field[], names: readonly string[]): readonly Field[] {
  if (names.length === 0) return fields;
  const kept = fields.map((field, index) => ({ ...field, name: names[index] ?? field.name }));
  const extra = names.slice(fields.length).map((name) => ({ name, reads: [] }));
  return [...kept, ...extra];
}
