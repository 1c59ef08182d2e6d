import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseCsv } from './csv';
import { goldQueries } from './gold-queries';

/** A question over one database, with the queries that answer it; the first that runs is the gold. */
export interface RealQuestion {
  readonly database: string;
  readonly question: string;
  readonly golds: readonly string[];
}

/** The 250 questions over defog's databases. */
export function defogQuestions(shared: string): RealQuestion[] {
  const files = ['questions_gen_postgres.csv', 'instruct_basic_postgres.csv'];
  const records = files.flatMap((file) => parseCsv(readFileSync(join(shared, 'text2sql/defog', file), 'utf8')));
  return records.map(({ db_name: database = '', question = '', query = '' }) => ({
    database,
    question,
    golds: goldQueries(query),
  }));
}

export function defogScript(shared: string, database: string): string {
  return readFileSync(join(shared, 'text2sql/defog', database, `${database}.sql`), 'utf8');
}

export function defogDatabases(shared: string): string[] {
  const entries = readdirSync(join(shared, 'text2sql/defog'), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** Every `step`th question of Spider's training half, `count` at most. */
export function spiderQuestions(shared: string, step: number, count: number): RealQuestion[] {
  const text = gunzipSync(readFileSync(join(shared, 'text2sql/spider-train/questions.jsonl.gz'))).toString('utf8');
  const records = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { db_id: string; question: string; query_pg: string });
  return records
    .filter((_record, i) => i % step === 0)
    .slice(0, count)
    .map(({ db_id, question, query_pg }) => ({ database: db_id.toLowerCase(), question, golds: [query_pg] }));
}

export function spiderScript(shared: string, schema: string): string {
  return gunzipSync(readFileSync(join(shared, 'text2sql/spider-train/schemas', `${schema}.sql.gz`))).toString('utf8');
}
