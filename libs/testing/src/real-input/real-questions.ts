import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { questionCases, readRecords, type QuestionCase } from '@memori/golds';

/** The 250 questions over defog's databases. */
export function defogQuestions(shared: string): QuestionCase[] {
  const files = ['questions_gen_postgres.csv', 'instruct_basic_postgres.csv'];
  return questionCases(readRecords(files.map((file) => join(shared, 'text2sql/defog', file))));
}

export function defogScript(shared: string, database: string): string {
  return readFileSync(join(shared, 'text2sql/defog', database, `${database}.sql`), 'utf8');
}

export function defogDatabases(shared: string): string[] {
  const entries = readdirSync(join(shared, 'text2sql/defog'), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** Every `step`th question of Spider's training half, `count` at most; `dbId` is the schema's name. */
export function spiderQuestions(shared: string, step: number, count: number): QuestionCase[] {
  return questionCases(readRecords([join(shared, 'text2sql/spider-train/questions.jsonl.gz')]))
    .filter((_case, i) => i % step === 0)
    .slice(0, count)
    .map((each) => ({ ...each, dbId: each.dbId.toLowerCase() }));
}

export function spiderScript(shared: string, schema: string): string {
  return gunzipSync(readFileSync(join(shared, 'text2sql/spider-train/schemas', `${schema}.sql.gz`))).toString('utf8');
}
