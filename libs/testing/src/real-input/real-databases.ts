import { Client } from 'pg';
import { type EmptyDatabase, emptyDatabase } from '../database/test-database';
import type { GoldRunner, QuestionCase, TextResult } from '@memori/golds';
import { runScript } from './copy-script';
import { spiderScript } from './real-questions';

/** A question with the query of its gold that runs, and what that gives. */
export interface Gold {
  readonly question: QuestionCase;
  readonly sql: string;
  readonly result: TextResult;
}

/** One database that holds a schema for each of Spider's databases. */
export async function loadSpider(shared: string, schemas: readonly string[]): Promise<EmptyDatabase> {
  const database = await emptyDatabase();
  const client = new Client(database.admin);
  await client.connect();
  try {
    for (const schema of schemas) {
      const [head = '', ...keys] = spiderScript(shared, schema).split(/^(?=ALTER TABLE )/m);
      await runScript(client, head);
      // The source's data violate some foreign keys, and PostgreSQL refuses others: the script says to skip those.
      for (const key of keys) await client.query(key).catch(() => undefined);
    }
  } finally {
    await client.end();
  }
  return database;
}

/** Finds the gold of each question: its first query that runs. */
export async function findGolds(runner: GoldRunner, questions: readonly QuestionCase[]): Promise<Gold[]> {
  const golds: Gold[] = [];
  for (const question of questions) {
    for (const sql of question.golds) {
      const result = await runner.tryRun(sql);
      if (!result) continue;
      golds.push({ question, sql, result });
      break;
    }
  }
  return golds;
}
