/** Types that a value in a question may have. */
export const PARAMETER_TYPES = ['text', 'integer', 'numeric', 'date', 'timestamptz', 'boolean'] as const;

export type ParameterType = (typeof PARAMETER_TYPES)[number];

/** A blank of a template such as `Orders in {city} since {day}`; the n-th is bound to `$n`. */
export interface VerifiedParameter {
  readonly name: string;
  readonly type: ParameterType;
  /** `table.column` or `schema.table.column`: where the values of a text come from, so that "paris" finds "Paris". */
  readonly column?: string;
}

/** A question whose SQL a curator vouches for. */
export interface VerifiedQuery {
  readonly id: string;
  readonly tenantId: string;
  readonly dataSourceId: string;
  readonly question: string;
  readonly sql: string;
  readonly parameters: readonly VerifiedParameter[];
  readonly description: string | null;
  /** A stale query no longer fits its data source and answers nothing until a curator has looked at it. */
  readonly status: 'verified' | 'stale';
  readonly createdBy: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A value for a parameter as PostgreSQL's text, bound and never spliced. */
export interface BoundValue {
  readonly name: string;
  readonly value: string;
  readonly type: ParameterType;
}

/** The verified query that answers a question, with the values found in it. */
export interface VerifiedMatch {
  readonly query: VerifiedQuery;
  readonly values: readonly BoundValue[];
}
