/** What is wrong with a statement, so that a model can repair it and a person can understand it. */
export interface Violation {
  code: ViolationCode;
  /** Names identifiers, never a value of the statement. */
  message: string;
  /** 1-based, in characters (code points) of the SQL given. */
  position?: number;
  /** Names that may have been meant, spelt as SQL needs them. */
  candidates?: string[];
}

/** Stable: clients and prompts match on them. */
export type ViolationCode =
  | 'empty'
  | 'syntax-error'
  | 'too-complex'
  | 'multiple-statements'
  | 'not-a-select'
  | 'data-modifying-cte'
  | 'select-into'
  | 'locking-clause'
  | 'unknown-relation'
  | 'ambiguous-relation'
  | 'system-relation'
  | 'unknown-column'
  | 'ambiguous-column'
  | 'system-column'
  | 'column-not-readable'
  | 'function-not-allowed'
  | 'unknown-function'
  | 'operator-not-allowed'
  | 'type-not-allowed'
  | 'unsupported-construct'
  | 'parameter-mismatch';

export interface RelationName {
  schema: string;
  name: string;
}

export interface ColumnName {
  schema: string;
  table: string;
  name: string;
}

/** The guard's judgement of one statement, and what the statement reads. */
export interface GuardVerdict {
  allowed: boolean;
  /** As to be executed: the text given, less trailing semicolons and comments. Never rewritten. */
  sql: string;
  violations: Violation[];
  relations: RelationName[];
  /** Every column read, also by `*`, a whole row, NATURAL or USING. */
  columns: ColumnName[];
  functions: string[];
  /** Parameters are `$1` to `$n` without a gap. */
  parameterCount: number;
}
