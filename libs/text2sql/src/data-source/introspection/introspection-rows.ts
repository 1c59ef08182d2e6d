import type { CatalogFunction, CatalogType } from '../catalog';

/** The rows of the .sql files beside this one. Object ids are texts, as JavaScript has no exact place for all of them. */

export interface TableRow {
  readonly id: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'r' | 'p' | 'v' | 'm' | 'f';
  readonly comment: string | null;
  readonly estimatedRows: number;
  readonly hiddenColumns: number;
}

export interface ColumnRow {
  readonly tableId: string;
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly typeId: string;
  readonly category: string;
  readonly notNull: boolean;
  readonly comment: string | null;
  readonly identity: string;
  readonly generated: string;
}

export interface KeyRow {
  readonly tableId: string;
  readonly kind: 'p' | 'f';
  readonly columns: number[];
  readonly targetId: string;
  readonly references: number[] | null;
}

export interface EnumRow {
  readonly id: string;
  readonly madeOf: string;
  readonly labels: string[] | null;
}

export type FunctionRow = Omit<CatalogFunction, 'constructsRange'> & { readonly constructsRange: boolean };

export type TypeRow = Omit<CatalogType, 'fields' | 'runsCode'> & {
  readonly fields: string[] | null;
  readonly runsCode: 'check' | 'cast' | null;
};

export interface SchemaRow {
  readonly name: string;
  readonly usable: boolean;
}

export interface ServerRow {
  readonly version: string;
  readonly versionNumber: number;
  readonly database: string;
  readonly isReplica: boolean;
  readonly isSuperuser: boolean;
  readonly mayCreateRoles: boolean;
  readonly mayCreateDatabases: boolean;
  readonly mayReplicate: boolean;
  readonly bypassesRowSecurity: boolean;
  readonly mayCreateSchemas: boolean;
  readonly memberOf: string[];
  readonly owned: string[];
  readonly writable: string[];
  readonly creatable: string[];
}
