import { type SqlToken, sqlText, sqlTokens } from './sql-tokens';

/**
 * The queries that a gold of defog's sets stands for. Several golds are separated by `;`; `{a, b}` means any
 * combination of those columns, and `GROUP BY {}` groups by the combination that was chosen. The gold with all its
 * columns comes first.
 */
export function goldQueries(gold: string): string[] {
  return splitStatements(gold).flatMap(expandColumns);
}

function splitStatements(text: string): string[] {
  const statements: SqlToken[][] = [[]];
  for (const token of sqlTokens(text)) {
    if (token.kind === 'symbol' && token.text === ';') statements.push([]);
    else statements.at(-1)?.push(token);
  }
  return statements.map((tokens) => sqlText(tokens).trim()).filter((sql) => sql !== '');
}

function expandColumns(sql: string): string[] {
  const group = /\{([^{}]+)\}/.exec(sql);
  if (!group) return [sql];
  const columns = (group[1] ?? '').split(',').map((column) => column.trim());
  return combinationsOf(columns).flatMap((chosen) => {
    const list = chosen.join(', ');
    // A replacer function: `$` in a column's name means nothing.
    return expandColumns(sql.replace(group[0], () => list).replace(/GROUP BY \{\}/gi, () => `GROUP BY ${list}`));
  });
}

/** All non-empty subsets in their order, the largest first. */
function combinationsOf(columns: readonly string[]): string[][] {
  const subsets = Array.from({ length: 2 ** columns.length - 1 }, (_, i) =>
    columns.filter((_column, bit) => ((i + 1) >> bit) & 1),
  );
  return subsets.sort((a, b) => b.length - a.length);
}
