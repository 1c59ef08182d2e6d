import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { BudgetReaper, Prices } from '@memori/budget';
import { ConfigModule, parseEnv } from '@memori/config';
import { Database, NotificationHub } from '@memori/database';
import { MonitoringModule } from '@memori/monitoring';
import { FakeClaude, testDatabase, type TestDatabase } from '@memori/testing';
import { Llm } from './llm';
import { LlmModule } from './llm.module';
import { MeteredLlm } from './metered-llm';
import { aRequest } from './metered-llm.fixture';

describe('LlmModule', () => {
  let db: TestDatabase;
  let claude: FakeClaude;

  beforeAll(async () => {
    [db, claude] = await Promise.all([testDatabase(), FakeClaude.start()]);
  });
  afterAll(async () => {
    await claude.stop();
    await db.close();
  });

  async function start() {
    @Global()
    @Module({
      providers: [
        { provide: Database, useValue: db.database },
        { provide: NotificationHub, useFactory: () => new NotificationHub(db.config) },
      ],
      exports: [Database, NotificationHub],
    })
    class OurDatabase {}
    const env = parseEnv({
      MEMORI_ANTHROPIC_API_KEY: 'test-key',
      MEMORI_ANTHROPIC_BASE_URL: claude.url,
      MEMORI_LOG_LEVEL: 'silent',
    });
    const imports = [OurDatabase, ConfigModule.forRoot(env), MonitoringModule, LlmModule];
    const module = await Test.createTestingModule({ imports }).compile();
    return module.init();
  }

  it('wires the metered model and nothing past it', async () => {
    const app = await start();

    const reply = await app.get(Llm).complete(aRequest());

    expect(app.get(Llm)).toBe(app.get(MeteredLlm));
    expect(reply.costNanoUsd).toBeGreaterThan(0n);
    await app.close();
  });

  it('keeps the price table in the database at start, and again at the next start', async () => {
    const app = await start();
    await app.close();
    const again = await start();

    const [row] = await db.database.call('SELECT count(*)::int AS n FROM memori.price_tables WHERE version = $1', [
      again.get(Prices, { strict: false }).current.version,
    ]);

    expect(row).toEqual({ n: 1 });
    expect(again.get(BudgetReaper, { strict: false })).toBeDefined();
    await again.close();
  });
});
