import { GoldRunner, type QuestionCase } from '@memori/golds';
import {
  type Gold,
  defogDatabases,
  defogQuestions,
  defogScript,
  emptyDatabase,
  findGolds,
  loadSpider,
  spiderQuestions,
} from '@memori/testing';
import type { Call } from '../support/client';

/** A database of the real input, registered with Memori, with the golds of its questions. */
export interface RealSource {
  readonly id: string;
  readonly questions: readonly QuestionCase[];
  readonly golds: readonly Gold[];
  /** Columns of its tables, to change queries with. */
  readonly columns: readonly (readonly string[])[];
  /** A new connection beside Memori's own. */
  connect(): Promise<GoldRunner>;
}

export interface RealInput {
  readonly sources: readonly RealSource[];
  close(): Promise<void>;
}

/** Defog's databases, one data source each. */
export async function defogInput(shared: string, call: Call): Promise<RealInput> {
  const questions = defogQuestions(shared);
  const databases = [];
  const sources: RealSource[] = [];
  for (const name of defogDatabases(shared)) {
    const database = await emptyDatabase(defogScript(shared, name));
    databases.push(database);
    sources.push(await realSource(call, { name: `defog ${name}`, url: database.url }, of(questions, name)));
  }
  return inputOf(sources, databases);
}

/** Spider's databases as schemas of one database, one data source each. */
export async function spiderInput(shared: string, call: Call): Promise<RealInput> {
  const questions = spiderQuestions(shared, 11, 500);
  const schemas = [...new Set(questions.map(({ dbId }) => dbId))];
  const database = await loadSpider(shared, schemas);
  const sources: RealSource[] = [];
  for (const schema of schemas)
    sources.push(
      await realSource(call, { name: `spider ${schema}`, url: database.url, schema }, of(questions, schema)),
    );
  return inputOf(sources, [database]);
}

function of(questions: readonly QuestionCase[], database: string): QuestionCase[] {
  return questions.filter((question) => question.dbId === database);
}

async function realSource(
  call: Call,
  where: { name: string; url: string; schema?: string },
  questions: readonly QuestionCase[],
): Promise<RealSource> {
  const { name, url, schema } = where;
  const body = { name, dialect: 'postgresql', url, ...(schema && { schemas: [schema] }) };
  const created = await call('POST', '/v1/data-sources', { body });
  if (created.status !== 201) throw new Error(`${name} could not be registered: ${created.status} ${created.text}`);
  const connect = () => GoldRunner.connect(url, schema);
  const runner = await connect();
  try {
    const golds = await findGolds(runner, questions);
    return { id: String(created.body.id), questions, golds, columns: await runner.columnsByTable(schema), connect };
  } finally {
    await runner.close();
  }
}

function inputOf(sources: readonly RealSource[], databases: readonly { close(): Promise<void> }[]): RealInput {
  const close = async () => {
    for (const database of databases) await database.close();
  };
  return { sources, close };
}
