/** What a data source's role may read: the tables, columns, keys and functions that questions are answered from. */
export interface Catalog {
  /** Hash of everything below but samples and estimates: equal catalogues have equal versions. */
  version: string;
  /** The effective schemas, in the order in which unqualified names are looked up. */
  schemas: string[];
  tables: CatalogTable[];
  functions: CatalogFunction[];
  /** Types outside pg_catalog. Absent: only the enums of the columns are known, and no other cast is allowed. */
  types?: CatalogType[];
  /** Operators outside pg_catalog. Absent: none is known, and operators are judged by their name alone. */
  operators?: CatalogOperator[];
}

export type CatalogTableKind = 'table' | 'partitioned-table' | 'view' | 'materialized-view' | 'foreign-table';

export interface CatalogTable {
  schema: string;
  name: string;
  kind: CatalogTableKind;
  comment: string | null;
  columns: CatalogColumn[];
  primaryKey: string[];
  foreignKeys: CatalogForeignKey[];
  /** What people call it; kept beside the catalogue and no part of its version. */
  aliases?: string[];
  /** PostgreSQL's own estimate; 0 for views and for what was never analysed. */
  estimatedRows: number;
  /** Columns that the role may not read: `*` and the row as a whole are refused by PostgreSQL. Absent: none. */
  hiddenColumns?: number;
}

export interface CatalogForeignKey {
  columns: string[];
  schema: string;
  table: string;
  references: string[];
}

export interface CatalogColumn {
  name: string;
  /** As `format_type()` prints it: `numeric(10,2)`, `character varying(20)`, `mood[]`. */
  type: string;
  nullable: boolean;
  comment: string | null;
  /** Labels of an enum, also of an array of it or a domain over it. */
  enumValues?: string[];
  /** A few of its values, as PostgreSQL prints them. */
  samples?: string[];
  /** Name or content looks like a person's data or a secret. */
  sensitive?: boolean;
  /** What people call it. */
  aliases?: string[];
  /** Computed by the database. */
  generated?: 'identity' | 'stored' | 'virtual';
}

/** Overloads that differ in nothing below are one entry; a name may have several. */
export interface CatalogFunction {
  schema: string;
  name: string;
  /** Function, aggregate or window function; procedures are left out. */
  kind: 'f' | 'a' | 'w';
  /** Immutable, stable or volatile. */
  volatility: 'i' | 's' | 'v';
  /** Lives in pg_catalog. */
  builtin: boolean;
  extension?: string | null;
  securityDefiner: boolean;
  /** PostgreSQL's own constructor of a range or multirange type that somebody made, which has the type's name. */
  constructsRange?: true;
}

/** A type that somebody made: the guard lets a cast name it when all that it is made of is harmless. */
export interface CatalogType {
  schema: string;
  name: string;
  kind: 'enum' | 'domain' | 'composite' | 'range' | 'multirange' | 'base';
  /** What it is made of, as `format_type()` prints it: a domain's base, a range's subtype, a composite's fields. */
  parts: string[];
  /** The names of a composite's fields, in the order of `parts`. */
  fields?: string[];
  /** What calls a function that is volatile or runs as its owner: a check of the domain, or a cast to the type. */
  runsCode?: 'check' | 'cast';
  extension?: string | null;
}

/** An operator that somebody made; its name may be a built-in one with other operands. */
export interface CatalogOperator {
  schema: string;
  name: string;
  /** Types of its operands, as `format_type()` prints them. */
  operands: string[];
  /** Of its function. */
  volatility: 'i' | 's' | 'v';
  securityDefiner: boolean;
  extension?: string | null;
}
