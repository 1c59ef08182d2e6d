import { Global, type INestApplicationContext, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { ConfigModule, parseEnv } from '@memori/config';
import { Database, DatabaseModule, type Tx, withClient } from '@memori/database';
import { Log, MonitoringModule } from '@memori/monitoring';
import { QueueModule } from '@memori/queue';
import { Clock, SystemClock } from '@memori/scope';
import { SecurityModule } from '@memori/security';
import { FakeClaude, testDatabase } from '@memori/testing';
import { type BackgroundConsumer, BackgroundConsumers } from './background-consumers';
import { BackgroundLlm } from './background-llm';
import type { BackgroundReply } from './background-repository';
import type { BackgroundRequest } from './background-request';
import { BackgroundRunner } from './background-runner';
import { BackgroundSettings } from './background-settings';
import { BackgroundModule } from './background.module';

@Global()
@Module({ providers: [{ provide: Clock, useClass: SystemClock }], exports: [Clock] })
class FoundationModule {}

/** Takes summaries, and fails when it is told to. */
class Summaries implements BackgroundConsumer {
  readonly purpose = 'summary';
  readonly taken: BackgroundReply[] = [];
  failures = 0;

  async take(tx: Tx, reply: BackgroundReply): Promise<void> {
    await tx.query('INSERT INTO memori.settings (key, value) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      `summary ${reply.id}`,
      '{}',
    ]);
    if (this.failures-- > 0) throw new Error('The consumer is not in the mood.');
    this.taken.push(reply);
  }
}

export function aSummaryRequest(key: string, more: Partial<BackgroundRequest> = {}): BackgroundRequest {
  return {
    scope: { tenantId: 'default', userId: 'anna', dataSourceId: '0198c000-0000-7000-8000-000000000001' },
    purpose: 'summary',
    key,
    system: [{ text: 'You sum up.' }],
    messages: [{ role: 'user', content: [{ text: `What was said about ${key}` }] }],
    schema: {
      title: 'memori-summary-1',
      type: 'object',
      additionalProperties: false,
      required: ['summary'],
      properties: { summary: { type: 'string' } },
    },
    reference: { about: key },
    ...more,
  };
}

/** Background work on the real thing; nothing moves but by `round()`, and time only where a test moves it. */
export async function backgroundWorld() {
  const [db, claude] = await Promise.all([testDatabase(), FakeClaude.start()]);
  const sql = <R = Record<string, unknown>>(text: string, params: unknown[] = []): Promise<R[]> =>
    withClient(db.superuser, async (client) => (await client.query(text, params)).rows as R[]);
  const open = new Set<INestApplicationContext>();

  const start = async (more: Record<string, string> = {}) => {
    const env = parseEnv({
      MEMORI_ROLE: 'api',
      MEMORI_DATABASE_URL: db.url,
      MEMORI_DATABASE_DIRECT_URL: db.ownerUrl,
      MEMORI_ADMIN_KEY: 'the-administrators-key-of-the-tests',
      MEMORI_ENCRYPTION_KEY: 'ab'.repeat(32),
      MEMORI_ANTHROPIC_API_KEY: 'sk-fake',
      MEMORI_ANTHROPIC_BASE_URL: claude.url,
      ...more,
    });
    const imports = [
      ConfigModule.forRoot(env),
      MonitoringModule.withLog(new Log({ level: 'silent' })),
      FoundationModule,
      DatabaseModule.forRoot(),
      SecurityModule,
      QueueModule.forRoot(),
      BackgroundModule,
    ];
    const settings = { ...new BackgroundSettings(), batchEnough: 1, directCalls: 1 };
    const module = await Test.createTestingModule({ imports })
      .overrideProvider(BackgroundSettings)
      .useValue(settings)
      .compile();
    const app = await module.init();
    open.add(app);
    const close = async () => {
      if (open.delete(app)) await app.close();
    };
    const summaries = new Summaries();
    app.get(BackgroundConsumers).register(summaries);
    const submit = (...requests: BackgroundRequest[]) =>
      app.get(Database, { strict: false }).transaction({ tenantId: 'default' }, async (tx) => {
        const all = [];
        for (const request of requests) all.push(await app.get(BackgroundLlm).submit(tx, request));
        return all;
      });
    return { app, summaries, submit, close, round: () => app.get(BackgroundRunner).round() };
  };

  return {
    db,
    claude,
    sql,
    start,
    requests: () =>
      sql<{ key: string; state: string; attempts: number; code: string | null; body: Buffer | null }>(
        `SELECT key, state, attempts, error->>'code' AS code, body_sealed AS body FROM memori.background_requests ORDER BY key`,
      ),
    journal: () =>
      sql<{ user_id: string; purpose: string; input: number; output: number; nano: string; reasons: string[] }>(
        `SELECT user_id, purpose, input_tokens::int AS input, output_tokens::int AS output, nano_usd AS nano, reasons
         FROM memori.journal ORDER BY id`,
      ),
    held: async () => {
      const [row] = await sql<{ open: number; tokens: string | null; nano: string | null }>(
        `SELECT count(*)::int AS open, sum(tokens) AS tokens, sum(nano_usd) AS nano FROM memori.holds WHERE state = 'open'`,
      );
      return row;
    },
    /** As if so much time had gone by since all that waits was written. */
    pass: (time: string) =>
      sql(`UPDATE memori.background_requests SET run_after = run_after - interval '${time}',
             claim_expires_at = claim_expires_at - interval '${time}';
           UPDATE memori.llm_batches SET look_at = look_at - interval '${time}', created_at = created_at - interval '${time}'`),
    wipe: async () => {
      claude.reset();
      await sql(`ALTER TABLE memori.journal DISABLE TRIGGER USER;
        TRUNCATE memori.accounts, memori.attempts, memori.holds, memori.journal, memori.leases, memori.pauses,
          memori.background_requests, memori.llm_batches;
        ALTER TABLE memori.journal ENABLE TRIGGER USER`);
    },
    close: async () => {
      for (const app of open) await app.close();
      await claude.stop();
      await db.close();
    },
  };
}
