import { columnLabel } from './tree/column-label';
import { as, fieldsOf, listOf, namesIn, textOf, unwrap, type Fields } from './tree/pg-node';

/** What a column of a result says, as far as a label goes by it. */
export type Meaning =
  | { readonly kind: 'column'; readonly name: string; readonly table?: string }
  | { readonly kind: 'call'; readonly name: string; readonly isDistinct: boolean; readonly of: Meaning | undefined }
  /** `month` of date_trunc('month', …) and extract(month FROM …). */
  | { readonly kind: 'period'; readonly unit: string }
  | { readonly kind: 'operation'; readonly operator: string; readonly sides: readonly [Meaning, Meaning] };

/** An output column of a statement. */
export interface OutputColumn {
  /** The alias, or what PostgreSQL calls it without one. */
  readonly name: string;
  readonly hasAlias: boolean;
  /** Undefined for what cannot be put into words: a constant, CASE, a subquery. */
  readonly meaning: Meaning | undefined;
  /** Equal for equal expressions, wherever they stand; tables that qualify a column do not count. */
  readonly shape: string;
}

/** What a statement gives out. */
export interface Output {
  /** In order; undefined where a star stands for columns that are not counted here. */
  readonly columns: readonly OutputColumn[] | undefined;
  /** Every expression with a name in the statement, also in its subqueries and WITH queries. */
  readonly named: ReadonlyMap<string, OutputColumn>;
  /** The table of each alias in the statement, WITH queries left out. */
  readonly tables: ReadonlyMap<string, string>;
}

/** Functions that change how a value is shown, not what it is. */
const SEEN_THROUGH = new Set(['round', 'coalesce', 'trunc', 'ceil', 'ceiling', 'floor', 'abs', 'nullif', 'to_char']);
const PERIODS = new Set(['date_trunc', 'extract', 'date_part']);

/** Reads the tree of a statement that the guard allowed. */
export function outputOf(tree: Fields): Output {
  const statement = fieldsOf(listOf(tree['stmts'])[0])?.['stmt'];
  let select = as('SelectStmt', statement);
  while (fieldsOf(select?.['larg'])) select = fieldsOf(select?.['larg']);
  const targets = listOf(select?.['targetList']).map((target) => as('ResTarget', target) ?? {});
  const columns = targets.some(isStar) ? undefined : targets.map(columnOf);
  const named = new Map<string, OutputColumn>();
  const tables = new Map<string, string>();
  const queries = new Set<string>();
  eachFields(tree, (type, fields) => {
    if (type === 'CommonTableExpr') queries.add(textOf(fields['ctename']) ?? '');
    if (type === 'RangeVar') noteTable(tables, fields);
    if (type !== 'ResTarget' || isStar(fields)) return;
    const column = columnOf(fields);
    // A column that is only handed on says less than the expression that it comes from.
    if (!named.has(column.name) || named.get(column.name)?.meaning?.kind === 'column') named.set(column.name, column);
  });
  // What a WITH query is called says nothing about a table.
  for (const [alias, table] of tables) if (queries.has(table)) tables.delete(alias);
  return { columns, named, tables };
}

/** Of one expression alone, such as that of a metric. */
export function shapeOfExpression(tree: Fields): string | undefined {
  const select = as('SelectStmt', fieldsOf(listOf(tree['stmts'])[0])?.['stmt']);
  const target = as('ResTarget', listOf(select?.['targetList'])[0]);
  return target && shapeOf(target['val']);
}

function columnOf(target: Fields): OutputColumn {
  const alias = textOf(target['name']);
  const value = target['val'];
  return {
    name: alias ?? columnLabel(value),
    hasAlias: alias !== undefined,
    meaning: meaningOf(value),
    shape: shapeOf(value),
  };
}

function meaningOf(value: unknown): Meaning | undefined {
  const node = unwrap(value);
  switch (node?.type) {
    case 'ColumnRef':
      return columnMeaning(namesIn(node.fields['fields']));
    case 'TypeCast':
      return meaningOf(node.fields['arg']);
    case 'CoalesceExpr':
      return meaningOf(listOf(node.fields['args'])[0]);
    case 'FuncCall':
      return callMeaning(node.fields);
    case 'A_Expr':
      return node.fields['kind'] === 'AEXPR_NULLIF' ? meaningOf(node.fields['lexpr']) : operationMeaning(node.fields);
    default:
      return undefined;
  }
}

function columnMeaning(names: readonly string[]): Meaning | undefined {
  const name = names.at(-1);
  if (!name) return undefined;
  const table = names.at(-2);
  return { kind: 'column', name, ...(table && { table }) };
}

function callMeaning(fields: Fields): Meaning | undefined {
  const name = namesIn(fields['funcname']).at(-1) ?? '';
  const args = listOf(fields['args']);
  if (SEEN_THROUGH.has(name)) return meaningOf(args[0]);
  if (PERIODS.has(name)) {
    const unit = textOf(fieldsOf(as('A_Const', args[0])?.['sval'])?.['sval']);
    return unit === undefined ? undefined : { kind: 'period', unit: unit.toLowerCase() };
  }
  const sorted = as('SortBy', listOf(fields['agg_order'])[0])?.['node'];
  const of = meaningOf(fields['agg_within_group'] === true ? sorted : args[0]);
  return { kind: 'call', name: callName(name, fields), isDistinct: fields['agg_distinct'] === true, of };
}

/** A sum that runs along an order is no sum of all. */
function callName(name: string, fields: Fields): string {
  const over = fieldsOf(fields['over']);
  if (name === 'sum' && over && listOf(over['orderClause']).length > 0) return 'running_sum';
  if (name !== 'percentile_cont' && name !== 'percentile_disc') return name;
  const share = as('A_Const', listOf(fields['args'])[0]);
  return textOf(fieldsOf(share?.['fval'])?.['fval']) === '0.5' ? 'median' : name;
}

/** Constant factors change the unit of a value, which no name tells. */
function operationMeaning(fields: Fields): Meaning | undefined {
  const operator = namesIn(fields['name']).at(-1) ?? '';
  if (!['+', '-', '*', '/'].includes(operator)) return undefined;
  const [left, right] = [fields['lexpr'], fields['rexpr']];
  if (operator === '*' && isNumber(left)) return meaningOf(right);
  if ((operator === '*' || operator === '/') && isNumber(right)) return meaningOf(left);
  const sides = [meaningOf(left), meaningOf(right)] as const;
  const [one, other] = sides;
  return one && other ? { kind: 'operation', operator, sides: [one, other] } : undefined;
}

function isNumber(value: unknown): boolean {
  const node = unwrap(value);
  if (node?.type === 'TypeCast') return isNumber(node.fields['arg']);
  return node?.type === 'A_Const' && (node.fields['ival'] !== undefined || node.fields['fval'] !== undefined);
}

function isStar({ val }: Fields): boolean {
  const part = listOf(as('ColumnRef', val)?.['fields']).at(-1);
  return as('A_Star', part) !== undefined;
}

function noteTable(tables: Map<string, string>, range: Fields): void {
  const table = textOf(range['relname']) ?? '';
  tables.set(textOf(fieldsOf(range['alias'])?.['aliasname']) ?? table, table);
}

/** The expression without places, and without the tables that qualify its columns. */
function shapeOf(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (key === 'location') return undefined;
    if (key === 'ColumnRef') return { fields: [namesIn(fieldsOf(inner)?.['fields']).at(-1)] };
    return inner;
  });
}

/** Every node of a tree, whatever holds it: what is not a node has no key in upper case. */
function eachFields(value: unknown, visit: (type: string, fields: Fields) => void): void {
  if (Array.isArray(value)) for (const item of value) eachFields(item, visit);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      if (/^[A-Z]/.test(name)) visit(name, (inner ?? {}) as Fields);
      eachFields(inner, visit);
    }
  }
}
