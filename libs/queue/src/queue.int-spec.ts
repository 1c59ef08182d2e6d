import { Processor, WorkerHost } from '@nestjs/bullmq';
import { ConsoleLogger, type INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { type Job, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { Pool } from 'pg';
import { ConfigModule, parseEnv } from '@memori/config';
import { DatabaseModule, OwnDatabase, withClient } from '@memori/database';
import { itOnRedis, RedisProcess, testDatabase, type TestDatabase } from '@memori/testing';
import { QuestionNudger } from './question-nudger';
import { QueueModule } from './queue.module';
import { QueueHealth } from './queue.health';
import { QueueServer } from './queue-server';
import { QueueWorker } from './queue-worker';
import { LookJob, QUEUES } from './queues';
import { readJob } from './read-job';
import { checkRedis, RedisAwayError, redisOptions } from '@memori/redis';

/** Counts the looks, and lets a test wait for the next ones. */
class Looks {
  static count = 0;
  static waiting: (() => void)[] = [];

  static reach(count: number): Promise<void> {
    return new Promise((resolve) => {
      const check = () => (Looks.count >= count ? resolve() : void Looks.waiting.push(check));
      check();
    });
  }
}

@Processor(QUEUES.questions, { concurrency: 10 })
class Looker extends WorkerHost {
  override async process(job: Job): Promise<void> {
    readJob(LookJob, job);
    Looks.count++;
    for (const check of Looks.waiting.splice(0)) check();
  }
}

const secrets = { MEMORI_ADMIN_KEY: 'x'.repeat(16), MEMORI_ENCRYPTION_KEY: 'a'.repeat(64) };
let db: TestDatabase;
let app: INestApplicationContext;
let redis: RedisProcess | undefined;

async function boot(url = ''): Promise<void> {
  const env = parseEnv({
    MEMORI_DATABASE_URL: db.url,
    MEMORI_DATABASE_DIRECT_URL: db.ownerUrl,
    MEMORI_REDIS_URL: url,
    ...secrets,
  });
  const imports = [ConfigModule.forRoot(env), DatabaseModule.forRoot(), QueueModule.forRoot()];
  const module = await Test.createTestingModule({ imports, providers: [Looker] })
    .setLogger(new ConsoleLogger({ logLevels: [] }))
    .compile();
  app = await module.init();
  Looks.count = 0;
}

beforeAll(async () => void (db = await testDatabase()));
afterAll(() => db.close());
jest.setTimeout(30_000);

describe('on PostgreSQL, a nudge', () => {
  beforeAll(() => boot());
  afterAll(() => app.close());

  it('makes a worker look, once for each', async () => {
    const nudger = app.get(QuestionNudger);
    await Promise.all(Array.from({ length: 20 }, () => nudger.nudge()));
    await Looks.reach(20);
    expect(Looks.count).toBe(20);
  });

  it('with a delay comes later', async () => {
    const nudger = app.get(QuestionNudger);
    const before = Looks.count;
    await nudger.nudge({ delayMs: 150 });
    expect(Looks.count).toBe(before);
    await Looks.reach(before + 1);
  });

  it('works as the runtime role, which owns its tables and may make nothing else', async () => {
    const apart = await testDatabase();
    const own = new OwnDatabase({
      memori: apart.config,
      direct: apart.config,
      owner: apart.owner,
      behindPooler: false,
    });
    await (await QueueServer.open({ MEMORI_REDIS_URL: '' }, own)).onApplicationShutdown();
    const server = await QueueServer.open({ MEMORI_REDIS_URL: '' }, own);
    const pool = server.connection as Pool;

    const { rows } = await pool.query(`SELECT current_user AS who, tableowner FROM pg_tables WHERE tablename = 'job'`);
    expect(rows).toEqual([{ who: 'memori', tableowner: 'memori' }]);
    await expect(pool.query('CREATE SCHEMA mine')).rejects.toThrow(/permission denied/);
    const queue = new Queue('apart', { connection: pool as never });
    await queue.add('any', {});
    expect(await queue.count()).toBe(1);
    await queue.close();
    await server.onApplicationShutdown();
    await apart.close();
  });

  it('is done once, and never marked failed, however many workers compete', async () => {
    const connection = app.get(QueueServer, { strict: false }).connection as never;
    const queue = new Queue('crowded', { connection, defaultJobOptions: { removeOnComplete: true } });
    const done: string[] = [];
    const work = async (job: Job) => void done.push(String(job.id));
    const workers = [1, 2].map(
      () => new QueueWorker('crowded', work, { connection, concurrency: 10, stalledInterval: 20 }),
    );

    await Promise.all(Array.from({ length: 300 }, () => queue.add('any', {})));
    while ((await queue.count()) > 0 || (await queue.getActiveCount()) > 0) await new Promise(setImmediate);

    expect(new Set(done).size).toBe(300);
    expect(done).toHaveLength(300);
    expect(await queue.getFailedCount()).toBe(0);
    await Promise.all(workers.map((worker) => worker.close()));
    await queue.close();
  });

  it('wakes up again after all its connections were cut', async () => {
    const before = Looks.count;
    await withClient(db.superuser, (client) =>
      client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      ),
    );
    await app.get(QuestionNudger).nudge();
    await app.get(QuestionNudger).nudge();
    await Looks.reach(before + 1);
  });
});

describe('on Redis, a nudge', () => {
  beforeAll(async () => {
    redis = await RedisProcess.start();
    if (redis) await boot(redis.url);
  });
  afterAll(async () => {
    if (redis) await app.close();
    await redis?.stop();
  });

  itOnRedis('makes a worker look, once for each', async () => {
    await Promise.all(Array.from({ length: 20 }, () => app.get(QuestionNudger).nudge()));
    await Looks.reach(20);
    expect(Looks.count).toBe(20);
  });

  itOnRedis('does not hold up whoever nudges while Redis is away, and looks again when it is back', async () => {
    await redis!.kill();
    const before = Looks.count;
    await app.get(QuestionNudger).nudge();

    await redis!.run();
    while (Looks.count === before) {
      await app.get(QuestionNudger).nudge();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(Looks.count).toBeGreaterThan(before);
  });

  it('that nobody answers on is told with the variable that names it, and without the password', async () => {
    const away = checkRedis(redisOptions('redis://:SECRET@127.0.0.1:1'), 0);
    await expect(away).rejects.toThrow(/^Redis at 127.0.0.1:1 cannot be used: ECONNREFUSED. See MEMORI_REDIS_URL.$/);
    await expect(away).rejects.toBeInstanceOf(RedisAwayError);
  });
});

describe('on a Redis that is not there yet, a start', () => {
  let late: RedisProcess | undefined;

  beforeAll(async () => {
    late = await RedisProcess.start();
    await late?.kill();
    if (late) await boot(late.url);
  }, 30_000);
  afterAll(async () => {
    if (late) await app.close();
    await late?.stop();
  });

  itOnRedis('comes about, says why it is not ready, holds up nobody, and is ready once Redis is there', async () => {
    const [check] = app.get(QueueHealth).checks();
    const before = check?.();
    await app.get(QuestionNudger).nudge();

    await late!.run();
    await app.get(QueueServer).arrival?.settled();

    expect(before).toEqual({
      redis: {
        status: 'down',
        message: expect.stringMatching(/^Redis at .* cannot be used: E.*MEMORI_REDIS_URL/) as string,
      },
    });
    expect(check?.()).toEqual({ redis: { status: 'up' } });
    await app.get(QuestionNudger).nudge();
    await Looks.reach(1);
    // It goes away again: questions wait, and nobody is unwell.
    await late!.kill();
    expect(check?.()).toEqual({ redis: { status: 'up' } });
  });

  itOnRedis('ends while Redis has gone away again, or is still away', async () => {
    await app.close();
    await boot(late!.url);

    await app.close();

    expect(app.get(QueueServer).isAway).toBe(true);
    await late!.run();
    await boot(late!.url);
  });

  itOnRedis('does not come about on a Redis that answers and is of no use', async () => {
    const locked = await RedisProcess.start();
    const admin = new Redis(locked!.url);
    await admin.config('SET', 'requirepass', 'something');
    admin.disconnect();

    const refused = checkRedis(redisOptions(locked!.url), 5000);
    await expect(refused).rejects.toThrow(/NOAUTH/);
    await expect(refused).rejects.not.toBeInstanceOf(RedisAwayError);
    await locked!.stop();
  });
});
