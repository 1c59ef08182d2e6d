import { listOf, namesIn, type Fields } from '../tree/pg-node';

const EQUALS: readonly string[][] = [['=']];

/** The operators that a node uses, also those that its words stand for: BETWEEN, CASE x WHEN, IN, USING. */
export function operatorNames(type: string, fields: Fields): readonly string[][] {
  switch (type) {
    case 'A_Expr':
      return String(fields['kind']).includes('BETWEEN') ? [['>='], ['<=']] : written(fields['name']);
    case 'SortBy':
      return written(fields['useOp']);
    case 'SubLink':
      return fields['subLinkType'] === 'ANY_SUBLINK' && fields['operName'] === undefined
        ? EQUALS
        : written(fields['operName']);
    case 'CaseExpr':
      return fields['arg'] === undefined ? [] : EQUALS;
    case 'JoinExpr':
      return fields['isNatural'] === true || listOf(fields['usingClause']).length > 0 ? EQUALS : [];
    default:
      return [];
  }
}

function written(name: unknown): readonly string[][] {
  const parts = namesIn(name);
  return parts.length > 0 ? [parts] : [];
}
