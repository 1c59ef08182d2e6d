import { as, listOf, namesIn, unwrap, type Fields } from '../tree/pg-node';
import { isStar } from './column-reference';
import type { ExpressionNames } from './expression-names';
import { scopeWithin, type Field, type Scope } from './scope';
import { findField } from './scope-lookup';

/** GROUP BY, HAVING, WINDOW, DISTINCT ON, ORDER BY and LIMIT, where output names may stand for columns. */
export class OutputClauses {
  constructor(private readonly expressions: ExpressionNames) {}

  resolve(query: Fields, output: readonly Field[], scope: Scope): void {
    const names = new Set(output.map((field) => field.name));
    for (const node of listOf(query['groupClause'])) this.group(node, names, scope);
    this.expressions.resolve(query['havingClause'], scope);
    this.expressions.resolveAll(query['windowClause'], scope);
    for (const node of listOf(query['distinctClause'])) this.named(node, names, scope);
    for (const node of listOf(query['sortClause'])) this.sort(node, names, scope);
    this.limits(query, scope);
  }

  /** Behind VALUES or a set operation only the columns of the result can be named. */
  resolveOrder(query: Fields, output: readonly Field[], scope: Scope, isOpen = false): void {
    const result = { fields: output, isOpen, isNamed: false, isBare: true };
    const inner = scopeWithin(scope.parent, scope.ctes, [result]);
    for (const node of listOf(query['sortClause'])) this.expressions.resolve(as('SortBy', node)?.['node'], inner);
    this.limits(query, scope);
  }

  private limits(query: Fields, scope: Scope): void {
    this.expressions.resolve(query['limitOffset'], scope);
    this.expressions.resolve(query['limitCount'], scope);
  }

  private sort(node: unknown, names: ReadonlySet<string>, scope: Scope): void {
    this.named(as('SortBy', node)?.['node'], names, scope);
  }

  /** In ORDER BY and DISTINCT ON an output name comes before a column. */
  private named(node: unknown, names: ReadonlySet<string>, scope: Scope): void {
    const name = bareName(node);
    if (name === undefined || !names.has(name)) this.expressions.resolve(node, scope);
  }

  /** In GROUP BY a column of this query's own FROM clause comes before an output name. */
  private group(node: unknown, names: ReadonlySet<string>, scope: Scope): void {
    const inner = innerNodes(node);
    if (inner) {
      for (const each of inner) this.group(each, names, scope);
      return;
    }
    const name = bareName(node);
    const isColumn =
      name !== undefined && scope.items.some((item) => item.isBare && findField(item, name)?.kind === 'field');
    if (isColumn || name === undefined || !names.has(name)) this.expressions.resolve(node, scope);
  }
}

/** What a grouping set, or a list in brackets, is made of. */
function innerNodes(node: unknown): readonly unknown[] | undefined {
  const set = as('GroupingSet', node);
  if (set) return listOf(set['content']);
  const row = unwrap(node)?.type === 'RowExpr' ? as('RowExpr', node) : undefined;
  return row?.['row_format'] === 'COERCE_IMPLICIT_CAST' ? listOf(row['args']) : undefined;
}

function bareName(node: unknown): string | undefined {
  const reference = as('ColumnRef', node);
  if (!reference || isStar(reference)) return undefined;
  const names = namesIn(reference['fields']);
  return names.length === 1 ? names[0] : undefined;
}
