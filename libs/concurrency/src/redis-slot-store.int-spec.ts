import { parseEnv } from '@memori/config';
import { Log, Metrics } from '@memori/monitoring';
import { itOnRedis, testDatabase, type TestDatabase } from '@memori/testing';
import { Pacer } from './pacer';
import { type RedisBackend, redisBackend } from './slot-backends.fixture';
import { SlotLease } from './slot-lease';
import type { SlotStore } from './slot-store';
import { Slots } from './slots';

const ANNA = { tenantId: 'default', userId: 'anna' };
const STATE = 'memori:{slots}:state';
const log = new Log({ level: 'silent' });

jest.setTimeout(30_000);

/** What can happen to a Redis and not to a PostgreSQL. */
describe('Slots on a Redis', () => {
  let db: TestDatabase;
  let backend: RedisBackend | undefined;

  beforeAll(async () => {
    db = await testDatabase();
    backend = await redisBackend(db);
  });
  afterAll(async () => {
    await backend?.close();
    await db.close();
  });
  beforeEach(() => backend?.reset());

  function on(name: string, work: (backend: RedisBackend) => Promise<void>): void {
    itOnRedis(name, () => work(backend!));
  }

  function slotsOn(store: SlotStore, settings: Record<string, string> = {}): Slots {
    const env = parseEnv({ MEMORI_SLOT_LEASE_MS: '60000', ...settings });
    return new Slots(store, new Pacer(store, env, log), env, new Metrics(), log);
  }

  /** Asks until the store answers at all. */
  async function answerOf(slots: Slots) {
    for (;;) {
      const outcome = await slots.tryAcquire(ANNA);
      if (outcome instanceof SlotLease || outcome.denied !== 'store') return outcome;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  on('that was never used before grants at once', async (backend) => {
    expect(await slotsOn(await backend.store()).acquire(ANNA)).toBeDefined();
  });

  on('that is away makes everybody wait, and throws at nobody', async (backend) => {
    await backend.server.kill();
    const slots = slotsOn(await backend.store());
    await slots.onApplicationBootstrap();

    expect(await slots.tryAcquire(ANNA)).toMatchObject({ denied: 'store', waitMs: 1000 });

    await backend.server.run();
    expect(await answerOf(slots)).toBeInstanceOf(SlotLease);
  });

  on('that is slow makes everybody wait, and leaves no slot taken behind', async (backend) => {
    const store = backend.impatientStore();
    const slots = slotsOn(store, { MEMORI_MAX_CONCURRENT_REQUESTS: '1' });
    await ((await answerOf(slots)) as SlotLease).release();
    await backend.admin.client('PAUSE', 500, 'ALL');

    const outcomes = await Promise.all([slots.tryAcquire(ANNA), slots.tryAcquire(ANNA)]);

    expect(outcomes).toEqual([
      { denied: 'store', waitMs: 1000 },
      { denied: 'store', waitMs: 1000 },
    ]);
    // What it grants once it goes on is given back in the same breath.
    await backend.admin.ping();
    const until = Date.now() + 10_000;
    while ((await backend.live()) > 0 && Date.now() < until) continue;
    expect(await backend.live()).toBe(0);
    expect(await answerOf(slots)).toBeInstanceOf(SlotLease);
  });

  on('that restarts with data of a while ago begins a new epoch, and no fence is given twice', async (backend) => {
    const store = await backend.store();
    const slots = slotsOn(store);
    const first = await slots.acquire(ANNA);
    await backend.admin.save();
    const second = await slots.acquire({ ...ANNA, userId: 'bert' });
    await backend.server.kill();
    await backend.server.run();

    // It knows the first lease, but not the second.
    expect(await backend.live()).toBe(1);
    expect(await answerOf(slots)).toMatchObject({ denied: 'epoch' });
    expect(await backend.live()).toBe(0);
    expect(await store.renew(first!.fence, 'whoever', 60_000)).toBe(false);
    await backend.endWait();
    const third = (await answerOf(slots)) as SlotLease;
    expect(third.fence > second!.fence).toBe(true);
  });

  on('that restarted renews no lease that it still knows', async (backend) => {
    const store = await backend.store();
    const holder = 'holder';
    const limits = { most: 1, mostPerUser: 1, mostBackground: 1, mostBackgroundPerUser: 1 };
    const wish = { ...ANNA, ...limits, holder, leaseMs: 60_000, isBackground: false, inputTokens: 0, outputTokens: 0 };
    const { fence } = await store.acquire(wish);
    await backend.admin.save();
    await backend.server.kill();
    await backend.server.run();
    await backend.admin.ping();

    const renewed = async (): Promise<boolean> => {
      for (;;) {
        const answer = await store.renew(BigInt(fence!), holder, 60_000).catch(() => undefined);
        if (answer !== undefined) return answer;
      }
    };
    expect(await backend.live()).toBe(1);
    expect(await renewed()).toBe(false);
  });

  on('draws fences in blocks, and goes on with the next when one is used up', async (backend) => {
    const slots = slotsOn(await backend.store());
    const first = await slots.acquire(ANNA);
    await backend.admin.hset(STATE, 'last', String(first!.fence));

    const second = await slots.acquire(ANNA);

    expect(second!.fence - first!.fence).toBeGreaterThan(1n);
    expect(await backend.live()).toBe(2);
  });

  on('loses all or nothing: there is one key', async (backend) => {
    const slots = slotsOn(await backend.store());
    await slots.acquire(ANNA);

    expect(await backend.admin.keys('*')).toEqual([STATE]);
  });

  on('tells who waits after its connection was gone, since a notice may have been missed', async (backend) => {
    const store = await backend.store();
    let told = 0;
    let wake = () => {};
    const next = async () => {
      const before = told;
      while (told === before) await new Promise<void>((resolve) => (wake = resolve));
    };
    const first = next();
    store.onFreed(() => {
      told++;
      wake();
    });
    await first;

    const again = next();
    await backend.server.kill();
    await backend.server.run();

    await again;
  });
});
