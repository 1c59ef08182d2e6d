import { as, fieldsOf, listOf, textOf, type Fields } from '../tree/pg-node';

/**
 * A recursive part that reads nothing but itself, filters nothing and keeps duplicates never ends, unless the query
 * takes its first rows only. No plan shows that; everything less plain is left to the timeouts.
 */
export function isEndless(query: Fields): boolean {
  const clause = fieldsOf(query['withClause']);
  if (clause?.['recursive'] !== true || query['limitCount'] !== undefined) return false;
  return listOf(clause['ctes']).some((node) => repeatsItself(as('CommonTableExpr', node) ?? {}));
}

function repeatsItself(cte: Fields): boolean {
  const query = as('SelectStmt', cte['ctequery']);
  if (query?.['op'] !== 'SETOP_UNION' || query['all'] !== true || query['limitCount'] !== undefined) return false;
  const part = fieldsOf(query['rarg']);
  const narrows = ['whereClause', 'groupClause', 'havingClause', 'limitCount'].some(
    (name) => part?.[name] !== undefined,
  );
  const from = listOf(part?.['fromClause']);
  const table = as('RangeVar', from[0]);
  const isItself = table?.['relname'] === cte['ctename'] && textOf(table?.['schemaname']) === undefined;
  return !narrows && from.length === 1 && isItself && cte['cycle_clause'] === undefined;
}
