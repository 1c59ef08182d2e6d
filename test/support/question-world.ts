import { Global, type INestApplicationContext, Module, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { ConfigModule, parseEnv } from '@memori/config';
import { DatabaseModule } from '@memori/database';
import { EmbeddingModule } from '@memori/embedding';
import { Log, MonitoringModule } from '@memori/monitoring';
import { PrivacyModule } from '@memori/privacy';
import { QueueModule } from '@memori/queue';
import { Clock, type Principal, SystemClock } from '@memori/scope';
import { SecurityModule } from '@memori/security';
import { emptyDatabase, type EmptyDatabase, FakeClaude, testDatabase, type TestDatabase } from '@memori/testing';
import {
  type AskOptions,
  type AskInput,
  DataSources,
  type DataSourceView,
  Questions,
  Text2SqlModule,
} from '@memori/text2sql';
import { withClient } from '@memori/database';
import { WebhooksModule } from '@memori/webhooks';
import { WorkerModule } from '../../apps/worker/src';

export const ADMIN: Principal = {
  tenantId: 'default',
  userId: 'admin',
  roles: ['administrator'],
  apiKeyId: null,
  actedBy: null,
};

/** A small shop with things that questions are asked about. */
export const SHOP = `
  CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, city text NOT NULL, vip boolean NOT NULL DEFAULT false);
  COMMENT ON TABLE customers IS 'People who buy';
  CREATE TABLE orders (
    id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, amount numeric(10,2) NOT NULL, ordered_on date NOT NULL);
  INSERT INTO customers SELECT n, 'Customer ' || n, CASE n % 3 WHEN 0 THEN 'Paris' WHEN 1 THEN 'New York' ELSE '上海' END, n % 5 = 0
    FROM generate_series(1, 30) n;
  INSERT INTO orders SELECT n, 1 + n % 30, n * 1.25, date '2024-01-01' + n FROM generate_series(1, 300) n;`;

/** One process of Memori without HTTP. */
export interface QuestionProcess {
  readonly app: INestApplicationContext;
  readonly questions: Questions;
  readonly logLines: string[];
  close(): Promise<void>;
}

/** Memori's database, a data source, the fake Claude and as many processes as a test starts. */
export interface QuestionWorld {
  readonly db: TestDatabase;
  readonly source: EmptyDatabase;
  readonly claude: FakeClaude;
  readonly main: QuestionProcess;
  readonly dataSource: DataSourceView;
  start(env?: Record<string, string>): Promise<QuestionProcess>;
  ask(question: string, more?: AskInput, options?: Partial<AskOptions>): ReturnType<Questions['ask']>;
  get<T>(type: Type<T>): T;
  /** As the superuser, who sees every row. */
  sql<R = Record<string, unknown>>(sql: string, params?: unknown[]): Promise<R[]>;
  close(): Promise<void>;
}

@Global()
@Module({ providers: [{ provide: Clock, useClass: SystemClock }], exports: [Clock] })
class FoundationModule {}

export async function questionWorld(
  options: { env?: Record<string, string>; schema?: string } = {},
): Promise<QuestionWorld> {
  const [db, source, claude] = await Promise.all([
    testDatabase(),
    emptyDatabase(options.schema ?? SHOP),
    FakeClaude.start(),
  ]);
  const started: QuestionProcess[] = [];
  const start = async (env: Record<string, string> = {}) => {
    const made = await startProcess({ ...settings(db, claude), ...options.env, ...env });
    started.push(made);
    return made;
  };
  const main = await start();
  const dataSource = await main.app
    .get(DataSources)
    .create(ADMIN, { name: 'shop', dialect: 'postgresql', url: source.url });
  return {
    db,
    source,
    claude,
    main,
    dataSource,
    start,
    ask: (question, more = {}, ask = {}) =>
      main.questions.ask(ADMIN, { question, ...more }, { waitMs: 20_000, ...ask }),
    get: (type) => main.app.get(type),
    sql: (sql, params) => withClient(db.superuser, async (client) => (await client.query(sql, params)).rows),
    close: async () => {
      for (const { close } of started) await close();
      await claude.stop();
      await Promise.all([db.close(), source.close()]);
    },
  };
}

function settings(db: TestDatabase, claude: FakeClaude): Record<string, string> {
  return {
    MEMORI_DATABASE_URL: db.url,
    MEMORI_DATABASE_DIRECT_URL: db.ownerUrl,
    MEMORI_ADMIN_KEY: 'the-administrators-key-of-the-tests',
    MEMORI_ENCRYPTION_KEY: 'ab'.repeat(32),
    MEMORI_ANTHROPIC_API_KEY: 'sk-fake',
    MEMORI_ANTHROPIC_BASE_URL: claude.url,
    MEMORI_SHUTDOWN_GRACE_SECONDS: '5',
    MEMORI_BACKGROUND_MODEL_CALLS: 'false',
    // Replies are scripted for each question, repeats too; tests of stored answers turn it on.
    MEMORI_ENABLE_CACHING: 'false',
  };
}

async function startProcess(raw: Record<string, string>): Promise<QuestionProcess> {
  const env = parseEnv(raw);
  const logLines: string[] = [];
  const log = new Log({ level: 'debug', destination: { write: (line) => void logLines.push(line) } });
  const ground = [
    ConfigModule.forRoot(env),
    MonitoringModule.withLog(log),
    FoundationModule,
    PrivacyModule,
    EmbeddingModule,
    DatabaseModule.forRoot(),
    SecurityModule,
  ];
  const doors = env.MEMORI_ROLE === 'api' ? [Text2SqlModule, WebhooksModule] : [WorkerModule, Text2SqlModule];
  const module = await Test.createTestingModule({ imports: [...ground, QueueModule.forRoot(), ...doors] }).compile();
  const app = await module.init();
  let isClosed = false;
  const close = async () => {
    if (!isClosed) await app.close();
    isClosed = true;
  };
  return { app, questions: app.get(Questions), logLines, close };
}
