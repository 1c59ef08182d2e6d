import type { Violation } from './guard-verdict';
import type { ParseOutcome } from './parser/sql-parser';
import { as, childrenOf, fieldsOf, listOf, type Fields, type TypedNode } from './tree/pg-node';

/** What the parser writes into every SELECT. */
const ALWAYS = ['op', 'limitOption'];

/** The statements that the parts of a metric are parsed in, each alone: neither may close or comment out the other. */
export const expressionStatement = (expression: string) => `SELECT ${expression}\n`;
export const fromStatement = (from: string) => `SELECT 1 FROM ${from}\n`;

/** The statement that reads a metric: what the guard judges as a whole. */
export function metricStatement({ expression, from }: { expression: string; from: string }): string {
  return `SELECT ${expression}\nAS value\nFROM ${from}`;
}

/** Undefined when the text is one expression without queries of its own. What cannot be parsed is left to the guard. */
export function expressionFault(outcome: ParseOutcome): Violation | undefined {
  if (outcome.kind !== 'parsed') return undefined;
  const select = onlySelect(outcome.tree);
  const target = select && as('ResTarget', onlyOne(select['targetList']));
  if (
    !select ||
    !target ||
    hasOthers(select, ['targetList']) ||
    hasOthers(target, ['val', 'location']) ||
    isStar(target)
  )
    return fault('The expression must be one SQL expression, without a name, FROM or any other clause.');
  return hasQuery(select)
    ? fault('The expression must not hold a query; vouch for a verified query instead.')
    : undefined;
}

/** Undefined when the text is one table or one join of tables. What cannot be parsed is left to the guard. */
export function fromFault(outcome: ParseOutcome): Violation | undefined {
  if (outcome.kind !== 'parsed') return undefined;
  const select = onlySelect(outcome.tree);
  const item = select && onlyOne(select['fromClause']);
  if (!select || item === undefined || hasOthers(select, ['targetList', 'fromClause']) || !isTables(item))
    return fault('The text after FROM must be one table or one join of tables, without any other clause.');
  return hasQuery(select) ? fault('The text after FROM must not hold a query.') : undefined;
}

function onlySelect(tree: string): Fields | undefined {
  const statements = listOf((JSON.parse(tree) as Fields)['stmts']);
  const only = statements.length === 1 ? fieldsOf(statements[0]) : undefined;
  return only && as('SelectStmt', only['stmt']);
}

function onlyOne(list: unknown): unknown {
  const items = listOf(list);
  return items.length === 1 ? items[0] : undefined;
}

function hasOthers(fields: Fields, allowed: readonly string[]): boolean {
  return Object.keys(fields).some((name) => !allowed.includes(name) && !ALWAYS.includes(name));
}

/** `*` or `orders.*`. */
function isStar({ val }: Fields): boolean {
  return listOf(as('ColumnRef', val)?.['fields']).some((part) => as('A_Star', part) !== undefined);
}

function isTables(item: unknown): boolean {
  if (as('RangeVar', item)) return true;
  const join = as('JoinExpr', item);
  return join !== undefined && isTables(join['larg']) && isTables(join['rarg']);
}

function hasQuery(select: Fields): boolean {
  const open: TypedNode[] = childrenOf({ type: 'SelectStmt', fields: select });
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.type === 'SubLink' || node.type === 'SelectStmt') return true;
    open.push(...childrenOf(node));
  }
  return false;
}

function fault(message: string): Violation {
  return { code: 'unsupported-construct', message };
}
