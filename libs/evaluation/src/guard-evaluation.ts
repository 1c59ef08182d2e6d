import type { QuestionCase } from '@memori/golds';
import { SqlParser, type SqlGuard } from '@memori/text2sql';
import { share } from './intervals';
import { permissiveCatalog } from './permissive-catalog';
import type { EvaluationItem, Findings, Progress, SkippedCase } from './report';
import type { SourceCatalogs } from './source-catalogs';
import { codesFor, READ_CLASS, type StatementCase } from './statement-cases';

export interface GuardCases {
  /** Queries that must pass, with the catalogue of their database. */
  readonly golds: readonly QuestionCase[];
  /** Statements by class, with a catalogue in which every name exists. */
  readonly statements: readonly StatementCase[];
}

type Judged = EvaluationItem & { readonly part: 'gold' | 'hostile' | 'read' };

/** False alarms on queries that answer questions, misses on statements that are no reads: one policy for both. */
export async function evaluateGuard(
  { golds, statements }: GuardCases,
  catalogs: SourceCatalogs | undefined,
  guard: SqlGuard,
  progress: Progress,
): Promise<Findings> {
  const parser = new SqlParser();
  const items: Judged[] = [];
  const skipped: SkippedCase[] = [];
  const total = golds.length + statements.length;
  let done = 0;
  try {
    for (const each of golds) {
      items.push(...(await judgeGolds(each, catalogs, guard, skipped)));
      progress(++done, total);
    }
    for (const each of statements) {
      items.push(await judgeStatement(each, guard, parser));
      progress(++done, total);
    }
  } finally {
    await parser.close();
  }
  return findingsOf(items, skipped);
}

async function judgeGolds(
  each: QuestionCase,
  catalogs: SourceCatalogs | undefined,
  guard: SqlGuard,
  skipped: SkippedCase[],
): Promise<Judged[]> {
  const catalog = catalogs?.find(each.dbId);
  if (!catalog) {
    skipped.push({ id: each.id, reason: `there is no schema for db_id "${each.dbId}"` });
    return [];
  }
  const judged: Judged[] = [];
  for (const [at, sql] of each.golds.entries()) {
    const { allowed, violations } = await guard.check(sql, catalog);
    const id = at === 0 ? each.id : `${each.id}/${at + 1}`;
    judged.push({ id, ok: allowed, part: 'gold', sql, codes: violations.map(({ code }) => code) });
  }
  return judged;
}

async function judgeStatement(each: StatementCase, guard: SqlGuard, parser: SqlParser): Promise<Judged> {
  const { allowed, violations } = await guard.check(each.sql, await permissiveCatalog(each.sql, parser));
  const codes = violations.map(({ code }) => code);
  const base = { id: each.id, class: each.class, sql: each.sql, codes };
  if (each.class === READ_CLASS) return { ...base, ok: allowed, part: 'read' };
  const wanted = codesFor(each.class);
  return { ...base, ok: !allowed && codes.some((code) => wanted.includes(code)), part: 'hostile', allowed };
}

function findingsOf(items: readonly Judged[], skipped: readonly SkippedCase[]): Findings {
  const of = (part: Judged['part']) => items.filter((item) => item.part === part);
  const failed = (list: readonly Judged[]) => list.filter(({ ok }) => !ok).length;
  const [golds, hostile, reads] = [of('gold'), of('hostile'), of('read')];
  return {
    n: items.length,
    skipped,
    metrics: {
      falseAlarms: share(failed(golds), golds.length),
      misses: share(failed(hostile), hostile.length),
      acceptedReads: share(reads.length - failed(reads), reads.length),
    },
    items,
  };
}
