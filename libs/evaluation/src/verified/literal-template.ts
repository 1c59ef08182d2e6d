/** A literal of SQL: where it stands, and its value. */
interface Literal {
  readonly start: number;
  readonly end: number;
  readonly value: string;
  readonly type: 'text' | 'integer' | 'numeric';
}

/** A question and its SQL with the values that stand in both taken out. */
export interface LiteralTemplate {
  /** `Orders in {v1}`; blanks in the order of the question. */
  readonly question: string;
  /** With `$1` for `{v1}`. */
  readonly sql: string;
  readonly blanks: readonly { readonly name: string; readonly type: Literal['type']; readonly value: string }[];
}

/** Strings in either quotes (SQLite takes both), and numbers that are no part of a name. */
const LITERAL = /'((?:[^']|'')*)'|"((?:[^"]|"")*)"|(?<![\w.$])(\d+(?:\.\d+)?)(?![\w.])/g;
/** What may not touch a value in the question, or it would be part of a longer word or number. */
const WORDY = String.raw`[\p{L}\p{N}_]`;

/**
 * Takes the values out that the question names once. Undefined, said why, where that cannot be done in one way only; a
 * literal that the question does not name stays in the SQL.
 */
export function literalTemplate(question: string, sql: string): LiteralTemplate | string {
  const literals = literalsOf(sql);
  const found = new Map<string, { at: number; text: string; type: Literal['type'] }>();
  for (const { value, type } of literals) {
    const places = placesOf(question, value);
    if (places.length > 1) return 'a value stands in it more than once';
    const [place] = places;
    if (place) found.set(value.toLowerCase(), { ...place, type: found.get(value.toLowerCase())?.type ?? type });
  }
  const inOrder = [...found].sort(([, a], [, b]) => a.at - b.at);
  if (inOrder.length === 0) return 'no value stands in it';
  if (inOrder.some(([, { at }], i) => i > 0 && at < endOf(inOrder[i - 1]?.[1]))) return 'a value stands inside another';
  const blanks = inOrder.map(([value, { type }], i) => ({ name: `v${i + 1}`, type, value: valueIn(literals, value) }));
  return {
    question: withBlanks(
      question,
      inOrder.map(([, place]) => place),
    ),
    sql: withParameters(
      sql,
      literals,
      inOrder.map(([value]) => value),
    ),
    blanks,
  };
}

/** The SQL with values in place of `$1`, for comparison: case, blanks and quotes do not count. */
export function filledSql(sql: string, values: readonly string[]): string {
  return plainSql(sql.replace(/\$(\d+)/g, (_, n: string) => `'${values[Number(n) - 1] ?? ''}'`));
}

/** The same as PostgreSQL runs it. */
export function runnableSql(sql: string, values: readonly string[]): string {
  const bound = (_: string, n: string) => `'${(values[Number(n) - 1] ?? '').replaceAll("'", "''")}'`;
  return singleQuoted(sql).replace(/\$(\d+)/g, bound);
}

function plainSql(sql: string): string {
  const text = sql.replace(
    LITERAL,
    (_, single: string, double: string, number: string) => `'${single ?? double ?? number}'`,
  );
  return text
    .toLowerCase()
    .replace(/[\s;]+/g, ' ')
    .trim();
}

/** As PostgreSQL reads it: texts in single quotes. */
export function singleQuoted(sql: string): string {
  return sql.replace(/"((?:[^"]|"")*)"/g, (_, text: string) => `'${text.replaceAll("'", "''")}'`);
}

function literalsOf(sql: string): Literal[] {
  return [...sql.matchAll(LITERAL)].map((match) => {
    const [whole, single, double, number] = match;
    const value = single?.replaceAll("''", "'") ?? double?.replaceAll('""', '"') ?? number ?? '';
    const type = number === undefined ? 'text' : number.includes('.') ? 'numeric' : 'integer';
    return { start: match.index, end: match.index + whole.length, value, type };
  });
}

function placesOf(question: string, value: string): { at: number; text: string }[] {
  if (value.trim() === '') return [];
  const escaped = value.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  const form = new RegExp(`(?<!${WORDY})${escaped}(?!${WORDY}|[.,]\\d)`, 'giu');
  return [...question.matchAll(form)].map((match) => ({ at: match.index, text: match[0] }));
}

function endOf(place: { at: number; text: string } | undefined): number {
  return place ? place.at + place.text.length : 0;
}

function valueIn(literals: readonly Literal[], folded: string): string {
  return literals.find(({ value }) => value.toLowerCase() === folded)?.value ?? folded;
}

function withBlanks(question: string, places: readonly { at: number; text: string }[]): string {
  return places.reduceRight(
    (text, { at, text: value }, i) => `${text.slice(0, at)}{v${i + 1}}${text.slice(at + value.length)}`,
    question,
  );
}

function withParameters(sql: string, literals: readonly Literal[], values: readonly string[]): string {
  return literals.reduceRight((text, { start, end, value }) => {
    const n = values.indexOf(value.toLowerCase()) + 1;
    return n === 0 ? text : `${text.slice(0, start)}$${n}${text.slice(end)}`;
  }, sql);
}
