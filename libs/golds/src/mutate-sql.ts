import { type SqlToken, sqlText, sqlTokens } from './sql-tokens';

export type MutationKind = 'literal' | 'column' | 'join';

export interface Mutation {
  readonly kind: MutationKind;
  readonly sql: string;
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Queries that differ from the given one in a literal, a column or a join, in a random order. They need not run. */
export function mutationsOf(sql: string, columns: readonly (readonly string[])[], random: () => number): Mutation[] {
  const tokens = sqlTokens(sql);
  const mutations = tokens.flatMap((token, at) => [
    ...literals(token).map((text) => changed('literal', tokens, at, text)),
    ...otherColumns(token, columns, random).map((text) => changed('column', tokens, at, text)),
    ...joins(tokens, at).map((text) => changed('join', tokens, at, text)),
  ]);
  return shuffled(mutations, random);
}

function changed(kind: MutationKind, tokens: readonly SqlToken[], at: number, text: string): Mutation {
  return { kind, sql: sqlText(tokens.map((token, i) => (i === at ? { ...token, text } : token))) };
}

function literals(token: SqlToken): string[] {
  if (token.kind === 'number') return [String(Number(token.text) + 1)];
  if (token.kind !== 'string' || token.text === "''") return [];
  return [`'${token.text.slice(2)}`, `${token.text.slice(0, -1)}x'`];
}

/** One other column of a table that has this one. */
function otherColumns(token: SqlToken, columns: readonly (readonly string[])[], random: () => number): string[] {
  if (token.kind !== 'word') return [];
  const name = token.text.toLowerCase();
  const others = columns
    .filter((names) => names.includes(name))
    .flatMap((names) => names.filter((other) => other !== name));
  const other = others[Math.floor(random() * others.length)];
  return other === undefined ? [] : [`"${other.replaceAll('"', '""')}"`];
}

function joins(tokens: readonly SqlToken[], at: number): string[] {
  const word = tokens[at]?.text.toUpperCase();
  const before = tokens
    .slice(0, at)
    .findLast(({ kind }) => kind !== 'space')
    ?.text.toUpperCase();
  if (word === 'JOIN')
    return ['LEFT', 'RIGHT', 'FULL', 'OUTER', 'INNER', 'CROSS'].includes(before ?? '') ? [] : ['LEFT JOIN'];
  if (word === 'LEFT') return ['INNER'];
  if (word === '=' && isInOn(tokens, at)) return ['<>'];
  return [];
}

function isInOn(tokens: readonly SqlToken[], at: number): boolean {
  const keyword = tokens.slice(0, at).findLast(({ text }) => /^(ON|WHERE|SELECT|HAVING|SET|WHEN)$/i.test(text));
  return keyword?.text.toUpperCase() === 'ON';
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
