import { type SqlToken, sqlText, sqlTokens } from './sql-tokens';

/** A sort key of a query: a column of its result by name or number, or an expression that is no column of it. */
export type OrderKey = { readonly column: string | number } | { readonly expression: string };

/** A query taken apart as far as its order goes. */
export interface OrderedQuery {
  readonly keys: readonly OrderKey[];
  /** The query with those expressions among its columns too, after its own. */
  withColumns(expressions: readonly string[]): string | undefined;
}

/** Undefined: it has no ORDER BY of its own that could be read. */
export function orderedQuery(sql: string): OrderedQuery | undefined {
  const tokens = sqlTokens(sql);
  const top = topLevel(tokens);
  const word = (at: number) => (top.has(at) ? (tokens[at]?.text.toUpperCase() ?? '') : '');
  const find = (wanted: RegExp, from = 0) =>
    tokens.findIndex((_, at) => at >= from && wanted.test(word(at)) && tokens[at]?.kind === 'word');
  const by = tokens.findLastIndex((_, at) => word(at) === 'BY' && word(before(tokens, at)) === 'ORDER');
  if (by < 0) return undefined;
  const after = find(/^(LIMIT|OFFSET|FETCH|FOR)$/, by);
  const list = tokens.slice(by + 1, after < 0 ? tokens.length : after);
  const from = find(/^FROM$/);
  const isPlain = find(/^(UNION|INTERSECT|EXCEPT|DISTINCT)$/) < 0 && from >= 0 && from < by;
  return {
    keys: splitList(list).map(keyOf),
    withColumns: (expressions) =>
      isPlain
        ? `${sqlText(tokens.slice(0, from))}, ${expressions.map((each) => `(${each})`).join(', ')} ${sqlText(tokens.slice(from))}`
        : undefined,
  };
}

/** Places outside of every bracket. */
function topLevel(tokens: readonly SqlToken[]): ReadonlySet<number> {
  const places = new Set<number>();
  let depth = 0;
  tokens.forEach(({ text }, at) => {
    if (text === ')') depth--;
    if (depth === 0) places.add(at);
    if (text === '(') depth++;
  });
  return places;
}

function before(tokens: readonly SqlToken[], at: number): number {
  return tokens.findLastIndex(({ kind }, place) => place < at && kind !== 'space');
}

function splitList(tokens: readonly SqlToken[]): string[] {
  const parts: SqlToken[][] = [[]];
  const top = topLevel(tokens);
  tokens.forEach((token, at) => {
    if (token.text === ',' && top.has(at)) parts.push([]);
    else parts.at(-1)?.push(token);
  });
  return parts.map((part) => sqlText(part).trim().replace(/;$/, ''));
}

function keyOf(text: string): OrderKey {
  const bare = text
    .replace(/\s+NULLS\s+(FIRST|LAST)$/i, '')
    .replace(/\s+(ASC|DESC)$/i, '')
    .trim();
  if (/^\d+$/.test(bare)) return { column: Number(bare) - 1 };
  if (/^[\p{L}_][\p{L}\p{N}_$]*$/u.test(bare)) return { column: bare.toLowerCase() };
  const quoted = /^"((?:[^"]|"")*)"$/.exec(bare);
  return quoted ? { column: (quoted[1] ?? '').replaceAll('""', '"') } : { expression: bare };
}
