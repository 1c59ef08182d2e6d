import {
  bookOf,
  matchQuestion,
  parseTemplate,
  templateFault,
  type Book,
  type Catalog,
  type SqlGuard,
  type VerifiedQuery,
} from '@memori/text2sql';
import { count, share } from '../intervals';
import type { EvaluationItem, Findings, Progress, SkippedCase } from '../report';
import type { SourceCatalogs } from '../source-catalogs';
import { distinctQuestions, type KnownPair, type KnownQuestion } from './known-questions';
import { filledSql, literalTemplate, type LiteralTemplate, runnableSql, singleQuoted } from './literal-template';
import type { StoredValues } from './stored-values';

/** What the questions are about. */
export interface ReaskPlace {
  readonly catalogs: SourceCatalogs;
  readonly guard: SqlGuard;
  readonly values: StoredValues;
}

/** A question turned into a verified query. */
interface Parameterised {
  readonly known: KnownQuestion;
  readonly template: LiteralTemplate;
  readonly query: VerifiedQuery;
  /** Undefined: its database is not there, and only the questions say what values there are. */
  readonly catalog: Catalog | undefined;
}

/**
 * Turns known questions into verified queries with parameters and asks them again with other stored values: how many are
 * served, and is any answered with other SQL than its own? Pairs of unlike questions are asked of each other's query alone.
 */
export async function evaluateReasks(
  pairs: readonly KnownPair[],
  place: ReaskPlace,
  progress: Progress,
): Promise<Findings> {
  const made = new Map<string, Parameterised>();
  const skipped: SkippedCase[] = [];
  const wordings = new Set<string>();
  for (const known of distinctQuestions(pairs)) {
    const one = await parameterised(known, place);
    const wording =
      typeof one === 'string' ? '' : JSON.stringify([known.dbId, parseTemplate(one.query.question).normalised]);
    if (typeof one === 'string') skipped.push({ id: known.id, reason: one });
    // A second one would not be taken: POST /v1/verified-queries answers 409.
    else if (wordings.has(wording)) skipped.push({ id: known.id, reason: 'another query has its wording' });
    else made.set(known.id, one);
    wordings.add(wording);
  }
  const books = booksOf([...made.values()]);
  const pools = poolsOf([...made.values()]);
  const items: EvaluationItem[] = [];
  let done = 0;
  for (const one of made.values()) {
    items.push(...(await reasked(one, books.get(one.known.dbId) as Book, { ...place, pools })));
    progress(++done, made.size + pairs.length);
  }
  for (const pair of pairs) {
    items.push(...(await crossAsked(pair, made, { ...place, pools })));
    progress(++done, made.size + pairs.length);
  }
  return { n: made.size, skipped, metrics: metricsOf(items, made.size), items };
}

function metricsOf(items: readonly EvaluationItem[], queries: number): Findings['metrics'] {
  const reasks = items.filter(({ kind }) => kind === 'reask');
  const served = reasks.filter((item) => item['served']).length;
  const wrong = items.filter((item) => item['wrong']).length;
  return {
    verifiedQueries: count(queries, queries),
    verifiedReasks: count(reasks.length, reasks.length),
    verifiedServed: share(served, reasks.length),
    verifiedFalse: count(wrong, items.length),
  };
}

async function parameterised(known: KnownQuestion, { catalogs, guard }: ReaskPlace): Promise<Parameterised | string> {
  const template = literalTemplate(known.question, known.sql);
  if (typeof template === 'string') return template;
  const fault = templateFault(parseTemplate(template.question));
  if (fault) return `as a template it ${fault}`;
  const catalog = catalogs.find(known.dbId);
  if (!catalog && known.kinds.size === 0) return `there is no schema for db_id "${known.dbId}"`;
  // Its kind of value stands in for the column that a curator would name.
  const kinds = template.blanks.map((blank) => ({ ...blank, column: known.kinds.get(blank.value) }));
  if (!catalog) return { known, template, catalog, query: queryOf(known, template, kinds) };
  const verdict = await guard.check(singleQuoted(known.sql), catalog);
  if (!verdict.allowed) return `its SQL is refused: ${verdict.violations[0]?.code}`;
  const filters = await guard.textFilters(verdict);
  const parameters = template.blanks.map(({ name, type, value }) => {
    const columns = filters.filter(({ text }) => text === value).flatMap((filter) => filter.columns);
    const paths = [...new Set(columns.map(({ schema, table, name: column }) => `${schema}.${table}.${column}`))];
    return { name, type, ...(type === 'text' && paths.length === 1 && { column: paths[0] }) };
  });
  if (parameters.some(({ type, column }) => type === 'text' && column === undefined))
    return 'the column of a text is not known';
  return { known, template, catalog, query: queryOf(known, template, parameters) };
}

function queryOf(
  { id, dbId }: KnownQuestion,
  { question, sql }: LiteralTemplate,
  blanks: VerifiedQuery['parameters'],
): VerifiedQuery {
  const parameters = blanks.map(({ name, type, column }) => ({ name, type, ...(column !== undefined && { column }) }));
  const at = new Date(0).toISOString();
  const kept = { tenantId: 'evaluation', dataSourceId: dbId, status: 'verified', createdBy: 'evaluation' } as const;
  return { id, ...kept, question, sql, parameters, description: null, createdAt: at, updatedAt: at };
}

/** All queries of one database stand in one book, as they would. */
function booksOf(all: readonly Parameterised[]): Map<string, Book> {
  const byDatabase = new Map<string, VerifiedQuery[]>();
  for (const { known, query } of all) byDatabase.set(known.dbId, [...(byDatabase.get(known.dbId) ?? []), query]);
  return new Map([...byDatabase].map(([dbId, queries]) => [dbId, bookOf('1', queries)]));
}

/** Values of each kind that the questions of a set name. */
function poolsOf(all: readonly Parameterised[]): Map<string, string[]> {
  const pools = new Map<string, Set<string>>();
  for (const { known } of all)
    for (const [value, kind] of known.kinds) pools.set(kind, (pools.get(kind) ?? new Set()).add(value));
  return new Map([...pools].map(([kind, values]) => [kind, [...values].sort()]));
}

async function reasked(one: Parameterised, book: Book, place: PooledPlace): Promise<EvaluationItem[]> {
  const choices: string[][] = [];
  for (const [i, blank] of one.template.blanks.entries()) choices.push(await othersOf(one, i, blank, place));
  const rounds = Math.min(...choices.map((values) => values.length));
  const items: EvaluationItem[] = [];
  for (let round = 0; round < rounds; round++) {
    const values = choices.map((list) => list[round] as string);
    const question = one.template.question.replace(/\{v(\d+)\}/g, (_, n: string) => values[Number(n) - 1] ?? '');
    const wanted = { sql: one.template.sql, values };
    items.push(
      await asked({ id: `${one.known.id}#${round + 1}`, kind: 'reask', question, wanted }, book, one.catalog, place),
    );
  }
  return items;
}

interface PooledPlace extends ReaskPlace {
  readonly pools: ReadonlyMap<string, readonly string[]>;
}

function inPool(pool: readonly string[], value: string): string | undefined {
  return pool.find((other) => other === value) ?? pool.find((other) => other.toLowerCase() === value.toLowerCase());
}

/** Texts from their column, or of their kind from the other questions; numbers other than the one that was asked for. */
async function othersOf(
  { known, query, catalog }: Parameterised,
  at: number,
  { type, value }: LiteralTemplate['blanks'][number],
  { values, pools }: PooledPlace,
): Promise<string[]> {
  if (catalog && type === 'text') return values.others(catalog, query.parameters[at]?.column ?? '', value);
  if (type !== 'text') return [Number(value) + 1, Number(value) * 2 + 3, Number(value) + 17].map(String);
  const pool = pools.get(known.kinds.get(value) ?? '') ?? [];
  const from = pool.indexOf(value) + 1;
  return [...pool.slice(from), ...pool.slice(0, from)].filter((other) => other !== value).slice(0, 3);
}

/** Either question, of the other one's query alone: served is right where that gives the question's own SQL. */
async function crossAsked(
  { id, left, right, same }: KnownPair,
  made: ReadonlyMap<string, Parameterised>,
  place: PooledPlace,
): Promise<EvaluationItem[]> {
  if (same) return [];
  const items: EvaluationItem[] = [];
  for (const [from, to] of [
    [left, right],
    [right, left],
  ] as const) {
    const one = made.get(from.id);
    if (!one) continue;
    const asking = {
      id: `${id}#${from.id}`,
      kind: 'cross',
      question: to.question,
      wanted: { sql: to.sql, values: [] },
    };
    const item = await asked(asking, bookOf('1', [one.query]), one.catalog, place);
    if (item['served'] || item['wrong']) items.push(item);
  }
  return items;
}

async function asked(
  { id, kind, question, wanted }: { id: string; kind: string; question: string; wanted: Wanted },
  book: Book,
  catalog: Catalog | undefined,
  { values, pools }: PooledPlace,
): Promise<EvaluationItem> {
  const lookUp = async (path: string, value: string) =>
    catalog ? values.lookUp(catalog, path, value) : inPool(pools.get(path) ?? [], value);
  const match = await matchQuestion(book, question, lookUp);
  if (!match) return { id, ok: false, kind, served: false, wrong: false, question };
  const bound = match.values.map(({ value }) => value);
  const isRight =
    filledSql(match.query.sql, bound) === filledSql(wanted.sql, wanted.values) ||
    (catalog !== undefined &&
      (await values.giveTheSame(catalog, runnableSql(match.query.sql, bound), runnableSql(wanted.sql, wanted.values))));
  const wrong = !isRight && {
    wanted: runnableSql(wanted.sql, wanted.values),
    got: runnableSql(match.query.sql, bound),
  };
  return { id, ok: isRight, kind, served: isRight, wrong: !isRight, question, ...wrong };
}

/** SQL that would be right, and the values of its parameters. */
interface Wanted {
  readonly sql: string;
  readonly values: readonly string[];
}
