import { itOnRedis, RedisProcess } from '@memori/testing';
import { ADMIN, questionWorld, type QuestionWorld } from '../../../../test/support/question-world';

jest.setTimeout(60_000);

const ONE = 'SELECT 1 AS one FROM customers LIMIT 1';
const TWO = 'SELECT 2 AS two FROM customers LIMIT 1';

/** The same line, with its jobs and the slots on Redis. */
describe('a question that must wait, with Redis', () => {
  let redis: RedisProcess | undefined;
  let world: QuestionWorld | undefined;

  beforeAll(async () => {
    redis = await RedisProcess.start();
    if (!redis) return;
    const env = { MEMORI_REDIS_URL: redis.url, MEMORI_MAX_CONCURRENT_REQUESTS: '1', MEMORI_SLOT_LEASE_MS: '5000' };
    world = await questionWorld({ env });
  }, 40_000);
  afterAll(async () => {
    await world?.close();
    await redis?.stop();
  });
  beforeEach(async () => {
    await world?.claude.idle();
    world?.claude.reset();
  });

  function on(name: string, work: (world: QuestionWorld, redis: RedisProcess) => Promise<void>): void {
    itOnRedis(name, () => work(world!, redis!));
  }

  async function until({ sql }: QuestionWorld, id: string, status: string): Promise<void> {
    for (;;) {
      const [row] = await sql<{ status: string }>('SELECT status FROM memori.questions WHERE id = $1', [id]);
      if (row?.status === status) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  on('is answered from the line when another process frees its slot', async (world) => {
    const other = await world.start({ MEMORI_ROLE: 'api' });
    const gate = world.claude.holdNext(ONE);
    const first = other.questions.ask(ADMIN, { question: 'First?' }, { waitMs: 20_000 });
    await world.claude.received(1);
    world.claude.next(TWO);

    const second = await world.ask('Second?', {}, { waitMs: 0 });
    await until(world, second.answer.id, 'queued');
    gate.open();

    expect((await first).rows).toEqual(['[1]']);
    expect((await world.main.questions.get(ADMIN, second.answer.id, 20_000)).rows).toEqual(['[2]']);
  });

  on('is answered after Redis lost everything, once no lease of before can live', async (world, redis) => {
    await redis.kill();
    await redis.run();
    world.claude.next(ONE);

    const { rows, answer } = await world.ask('After the loss?', {}, { waitMs: 30_000 });

    expect(rows).toEqual(['[1]']);
    expect(answer.timings.queueMs).toBeGreaterThan(0);
    expect(world.claude.requests).toHaveLength(1);
  });

  on('waits while Redis is away, and is answered when it is back', async (world, redis) => {
    await redis.kill();
    world.claude.next(ONE);
    const { answer } = await world.ask('While away?', {}, { waitMs: 0 });
    await until(world, answer.id, 'queued');
    expect(world.claude.requests).toHaveLength(0);

    await redis.run();

    expect((await world.main.questions.get(ADMIN, answer.id, 30_000)).rows).toEqual(['[1]']);
  });
});
