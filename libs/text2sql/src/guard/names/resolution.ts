import type { ColumnName, RelationName } from '../guard-verdict';
import type { Findings } from '../findings';
import type { FunctionRules } from '../rules/function-rules';
import type { Fields } from '../tree/pg-node';
import type { CatalogIndex } from './catalog-index';
import type { Field, Output, Scope } from './scope';

/** What a statement was seen to read, each once. */
export class Usage {
  private readonly relationsByKey = new Map<string, RelationName>();
  private readonly columnsByKey = new Map<string, ColumnName>();

  relation(schema: string, name: string): void {
    this.relationsByKey.set(JSON.stringify([schema, name]), { schema, name });
  }

  read(field: Field): void {
    for (const column of field.reads) {
      this.columnsByKey.set(JSON.stringify([column.schema, column.table, column.name]), column);
    }
  }

  readAll(fields: readonly Field[]): void {
    for (const field of fields) this.read(field);
  }

  get relations(): RelationName[] {
    return [...this.relationsByKey.values()];
  }

  get columns(): ColumnName[] {
    return [...this.columnsByKey.values()];
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
  /** What each subquery returned, by its node. */
  outputs: WeakMap<Fields, Output>;
  calls: PlacedCall[];
}

/** Resolves a query inside a scope. */
export type RunQuery = (query: Fields, outer: Scope) => Output;
