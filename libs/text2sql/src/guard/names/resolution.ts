import type { CatalogTable } from '../../data-source/catalog';
import type { ColumnName, RelationName } from '../guard-verdict';
import type { Findings } from '../findings';
import { MAX_EFFORT } from '../limits';
import type { FunctionRules } from '../rules/function-rules';
import type { Fields } from '../tree/pg-node';
import type { CatalogIndex } from './catalog-index';
import type { Field, Output, Scope } from './scope';

/** What a statement was seen to read, each once: tables and columns are the same objects wherever they are named. */
export class Usage {
  private readonly seenRelations = new Set<CatalogTable>();
  private readonly seenColumns = new Set<ColumnName>();

  relation(table: CatalogTable): void {
    this.seenRelations.add(table);
  }

  read(field: Field): void {
    for (const column of field.reads) this.seenColumns.add(column);
  }

  readAll(fields: readonly Field[]): void {
    for (const field of fields) this.read(field);
  }

  get relations(): RelationName[] {
    return [...this.seenRelations].map(({ schema, name }) => ({ schema, name }));
  }

  get columns(): ColumnName[] {
    return [...this.seenColumns];
  }
}

/** Counts what resolving costs, so that no statement keeps the process busy for long. */
export class Effort {
  private spent = 0;

  constructor(private readonly findings: Findings) {}

  /** False when the statement costs too much; what remains of it is not looked at. */
  spend(columns: number): boolean {
    this.spent += columns;
    if (this.spent <= MAX_EFFORT) return true;
    this.findings.add('too-complex', 'The statement joins too many columns.');
    return false;
  }
}

/** A function call with the place it stands in, to be judged once all names are resolved. */
export interface PlacedCall {
  call: Fields;
  scope: Scope;
}

/** What the resolvers of one statement share. */
export interface Resolution {
  index: CatalogIndex;
  findings: Findings;
  functions: FunctionRules;
  usage: Usage;
  effort: Effort;
  /** What each subquery returned, by its node. */
  outputs: WeakMap<Fields, Output>;
  calls: PlacedCall[];
}

/** Resolves a query inside a scope. */
export type RunQuery = (query: Fields, outer: Scope) => Output;
