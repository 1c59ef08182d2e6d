/** Bounds of what the guard looks at. Each keeps one statement from costing more than the parser can bear. */

/** Characters of a statement, as the HTTP contract has it. */
export const MAX_SQL_CHARACTERS = 20_000;

/** Tokens: some thousands of chained operators overflow the parser's stack. */
export const MAX_TOKENS = 4_000;

/** Depth of nested brackets. */
export const MAX_BRACKET_DEPTH = 100;

/** Depth of the parsed tree as JSON; an operator or a cast is two levels. */
export const MAX_TREE_DEPTH = 2_000;

/** A parse takes 0.05 to 70 ms; what takes longer hangs. */
export const PARSE_TIMEOUT_MS = 2_000;

/** More violations than anybody repairs at once. */
export const MAX_VIOLATIONS = 20;

/** Rows of a `generate_series` between constants. */
export const MAX_SERIES_ROWS = 1_000_000;

/** Count of `repeat`, length of `lpad`, width in `format`. */
export const MAX_REPEAT = 10_000;

/** Characters that one expression may make out of constants. */
export const MAX_MADE_TEXT = 1_000_000;

/** Tables, subqueries and functions in all FROM clauses together; each join copies the names before it. */
export const MAX_FROM_ENTRIES = 300;

/** Columns that a query may return, as in PostgreSQL: nested stars would double them without end. */
export const MAX_COLUMNS = 1_664;

/** Columns looked at while names are resolved: joins of wide tables would take seconds. */
export const MAX_EFFORT = 400_000;

/** Violations that come with suggestions; each looks through every name there is. */
export const MAX_SUGGESTIONS = 5;
