import { type GoldRunner, type QuestionCase, sqlTokens } from '@memori/golds';
import type { MemoriApi } from '../memori/memori-api';
import type { SkippedCase } from '../report';
import type { SourcePlace } from './answer-sources';
import { connectGolds } from './places';

interface VerifiedView {
  readonly id: string;
  readonly question: string;
  readonly sql: string;
  readonly status: string;
  readonly parameters: readonly { readonly name: string; readonly type: string; readonly column?: string }[];
}

export interface VerifiedSet {
  readonly cases: readonly QuestionCase[];
  readonly skipped: readonly SkippedCase[];
  readonly place: SourcePlace;
}

/**
 * The verified queries of a data source as questions with their golds. They are asked of a Memori that does not have
 * them: the one that has would answer with them. A blank is filled with the value that its column holds most often.
 */
export async function verifiedCases(api: MemoriApi, dataSource: string, databaseUrl: string): Promise<VerifiedSet> {
  const source = await api.must('GET', `/v1/data-sources/${encodeURIComponent(dataSource)}`);
  const { name, schemas, description, timeZone } = source as unknown as SourcePlace;
  const place = { name, schemas, description, timeZone };
  const runner = await connectGolds(databaseUrl, schemas);
  const cases: QuestionCase[] = [];
  const skipped: SkippedCase[] = [];
  try {
    for (const query of await allOf(api, dataSource)) {
      const made = query.status === 'stale' ? 'it is stale' : await filled(query, name, runner);
      if (typeof made === 'string') skipped.push({ id: query.id, reason: made });
      else cases.push(made);
    }
  } finally {
    await runner.close();
  }
  return { cases, skipped, place };
}

async function allOf(api: MemoriApi, dataSource: string): Promise<VerifiedView[]> {
  const all: VerifiedView[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const after: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const path = `/v1/verified-queries?dataSourceId=${encodeURIComponent(dataSource)}&limit=200${after}`;
    const page = await api.must('GET', path);
    all.push(...(page['items'] as VerifiedView[]));
    cursor = (page['nextCursor'] as string | null | undefined) ?? null;
  }
  return all;
}

async function filled(query: VerifiedView, dbId: string, runner: GoldRunner): Promise<QuestionCase | string> {
  let { question } = query;
  const values: string[] = [];
  for (const { name, type, column } of query.parameters) {
    const value = type === 'text' && column ? await commonest(column, runner) : undefined;
    if (value === undefined) return `there is no value to fill its blank {${name}} with`;
    question = question.replace(`{${name}}`, () => value);
    values.push(`'${value.replaceAll("'", "''")}'::text`);
  }
  return { id: query.id, dbId, question, golds: [withValues(query.sql, values)], answerable: true };
}

async function commonest(column: string, runner: GoldRunner): Promise<string | undefined> {
  const parts = column.split('.').map((part) => `"${part.replaceAll('"', '""')}"`);
  const name = parts.pop();
  const sql = `SELECT ${name}::text FROM ${parts.join('.')} WHERE ${name} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1`;
  return (await runner.tryRun(sql))?.rows[0]?.[0] ?? undefined;
}

/** `$1` becomes the first value, outside of quotes. */
export function withValues(sql: string, values: readonly string[]): string {
  const tokens = sqlTokens(sql);
  return tokens
    .map(({ kind, text }, at) => {
      if (text === '$' && tokens[at + 1]?.kind === 'number') return '';
      if (kind === 'number' && tokens[at - 1]?.text === '$') return values[Number(text) - 1] ?? `$${text}`;
      return text;
    })
    .join('');
}
