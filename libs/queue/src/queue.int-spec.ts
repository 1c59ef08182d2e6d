import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { parseEnv, ConfigModule } from '@memori/config';
import { DatabaseModule } from '@memori/database';
import { testDatabase, type TestDatabase } from '@memori/testing';
import { QuestionNudger } from './question-nudger';
import { QueueModule } from './queue.module';
import { QUEUES } from './queues';

let seen: ((value: string) => void) | undefined;

@Processor(QUEUES.questions)
class Looker extends WorkerHost {
  override async process(job: { name: string }): Promise<void> {
    seen?.(job.name);
  }
}

it('nudges', async () => {
  const db: TestDatabase = await testDatabase();
  const env = parseEnv({ MEMORI_DATABASE_URL: db.url, MEMORI_DATABASE_DIRECT_URL: db.ownerUrl, MEMORI_ADMIN_KEY: 'x'.repeat(16), MEMORI_ENCRYPTION_KEY: 'a'.repeat(64) });
  const module = await Test.createTestingModule({ imports: [ConfigModule.forRoot(env), DatabaseModule.forRoot(), QueueModule.forRoot()], providers: [Looker] }).compile();
  const app = await module.init();
  const look = new Promise<string>((resolve) => (seen = resolve));
  const t = Date.now();
  await app.get(QuestionNudger).nudge();
  expect(await look).toBe('look');
  console.log(Date.now() - t);
  await app.close();
  await db.close();
}, 20000);
