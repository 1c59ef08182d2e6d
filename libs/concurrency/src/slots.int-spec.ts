import { Client } from 'pg';
import { parseEnv } from '@memori/config';
import { connectDataSource, Database, dataSourceOptions, NotificationHub } from '@memori/database';
import { Log, Metrics } from '@memori/monitoring';
import { testDatabase, type TestDatabase } from '@memori/testing';
import { SLOT_FREE_CHANNEL, Slots } from './slots';
import { SlotLease } from './slot-lease';

const ANNA = { tenantId: 'default', userId: 'anna' };
const BERT = { tenantId: 'default', userId: 'bert' };

/** A PostgreSQL that other processes use as well. */
const SHARED = {
  MEMORI_DATABASE_URL: 'postgresql://db.example.test/memori',
  MEMORI_ADMIN_KEY: 'a-key-of-the-administrator',
  MEMORI_ENCRYPTION_KEY: '0'.repeat(64),
};

describe('Slots', () => {
  let db: TestDatabase;
  let admin: Client;

  beforeAll(async () => {
    db = await testDatabase();
    admin = new Client(db.superuser);
    await admin.connect();
  });
  afterAll(async () => {
    await admin.end();
    await db.close();
  });
  beforeEach(async () => {
    await admin.query(`TRUNCATE memori.leases, memori.pauses;
      UPDATE memori.lease_epoch SET grants_from = '-infinity'`);
  });

  function slots(settings: Record<string, string> = {}, database: Database = db.database): Slots {
    const env = parseEnv({ MEMORI_SLOT_LEASE_MS: '60000', ...settings });
    return new Slots(database, env, new Metrics(), new Log({ level: 'silent' }));
  }

  async function expireAll(): Promise<void> {
    await admin.query("UPDATE memori.leases SET expires_at = clock_timestamp() - interval '1 ms'");
  }

  async function liveLeases(): Promise<number> {
    const { rows } = await admin.query(
      'SELECT count(*)::int AS n FROM memori.leases WHERE expires_at > clock_timestamp()',
    );
    return rows[0].n;
  }

  it('grants as many slots as the limit allows and no more', async () => {
    const two = slots({ MEMORI_MAX_CONCURRENT_REQUESTS: '2' });

    const taken = [await two.acquire(ANNA), await two.acquire(BERT), await two.acquire(ANNA)];

    expect(taken.map((lease) => lease !== undefined)).toEqual([true, true, false]);
  });

  it('says whether all slots are taken or only those of the user', async () => {
    const three = slots({ MEMORI_MAX_CONCURRENT_REQUESTS: '2', MEMORI_MAX_REQUESTS_PER_USER: '1' });
    await three.acquire(ANNA);

    const second = await three.tryAcquire(ANNA);
    await three.acquire(BERT);
    const third = await three.tryAcquire({ tenantId: 'default', userId: 'carl' });

    expect(second).toMatchObject({ denied: 'user' });
    expect(third).toMatchObject({ denied: 'all' });
  });

  it('counts users of the same name in two tenants apart', async () => {
    const one = slots({ MEMORI_MAX_REQUESTS_PER_USER: '1' });
    await one.acquire(ANNA);

    expect(await one.acquire({ tenantId: 'other', userId: 'anna' })).toBeDefined();
  });

  it('takes nothing when one of the two limits denies', async () => {
    const one = slots({ MEMORI_MAX_REQUESTS_PER_USER: '1' });
    await one.acquire(ANNA);
    await one.acquire(ANNA);

    expect(await liveLeases()).toBe(1);
  });

  it('never has more live leases than the limit, whatever fifty acquirers on several connections do', async () => {
    const others = await Promise.all([testPeer(db), testPeer(db)]);
    const limits = { MEMORI_MAX_CONCURRENT_REQUESTS: '7', MEMORI_MAX_REQUESTS_PER_USER: '3' };
    const instances = [db.database, ...others.map(({ database }) => database)].map((each) => slots(limits, each));
    let [holding, most, granted] = [0, 0, 0];
    const byUser = new Map<string, number>();
    let mostByUser = 0;

    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const userId = `user-${index % 5}`;
        for (let round = 0; round < 10; round++) {
          const lease = await instances[index % 3]!.acquire({ tenantId: 'default', userId });
          if (!lease) continue;
          granted++;
          most = Math.max(most, ++holding);
          byUser.set(userId, (byUser.get(userId) ?? 0) + 1);
          mostByUser = Math.max(mostByUser, byUser.get(userId)!);
          expect(await liveLeases()).toBeLessThanOrEqual(7);
          holding--;
          byUser.set(userId, byUser.get(userId)! - 1);
          await lease.release();
        }
      }),
    );

    expect(granted).toBeGreaterThan(50);
    expect(most).toBeLessThanOrEqual(7);
    expect(mostByUser).toBeLessThanOrEqual(3);
    expect(await liveLeases()).toBe(0);
    await Promise.all(others.map((other) => other.close()));
  });

  it('frees a slot whose holder died, without his help', async () => {
    const one = slots({ MEMORI_MAX_CONCURRENT_REQUESTS: '1' });
    await one.acquire(ANNA);
    await expireAll();

    expect(await one.acquire(BERT)).toBeDefined();
  });

  it('gives every lease a higher fence', async () => {
    const many = slots();

    const fences = [await many.acquire(ANNA), await many.acquire(BERT), await many.acquire(ANNA)].map(
      (each) => each!.fence,
    );

    expect([...fences].sort((a, b) => Number(a - b))).toEqual(fences);
    expect(new Set(fences).size).toBe(3);
  });

  it('lets a holder whose lease is over free nothing', async () => {
    const one = slots({ MEMORI_MAX_CONCURRENT_REQUESTS: '1' });
    const stale = await one.acquire(ANNA);
    await expireAll();
    await one.acquire(BERT);

    await stale!.release();

    expect(await liveLeases()).toBe(1);
    expect(await one.acquire(ANNA)).toBeUndefined();
  });

  it('lets nobody but the holder free or renew a lease, even with its fence', async () => {
    const lease = await slots().acquire(ANNA);
    const stranger = '00000000-0000-7000-8000-000000000000';

    const [freed] = await db.database.call('SELECT memori.release_slot($1, $2) AS done', [lease!.fence, stranger]);
    const [renewed] = await db.database.call('SELECT memori.renew_slot($1, $2, 1000) AS done', [
      lease!.fence,
      stranger,
    ]);

    expect([freed, renewed]).toEqual([{ done: false }, { done: false }]);
    expect(await liveLeases()).toBe(1);
  });

  it('notifies who waits when a slot is given back', async () => {
    const hub = new NotificationHub(db.config);
    const notified = new Promise<string>((resolve) => hub.on(SLOT_FREE_CHANNEL, resolve));
    await hub.ready();
    const lease = await slots().acquire(ANNA);

    await lease!.release();

    await expect(notified).resolves.toBe('');
    await hub.onApplicationShutdown();
  });

  it('grants nothing for one lease length after the store lost its leases', async () => {
    const before = slots();
    await before.acquire(ANNA);
    await loseTheStore();

    const denied = await before.tryAcquire(BERT);
    const { waitMs } = denied as { waitMs: number };

    expect(denied).toMatchObject({ denied: 'epoch' });
    expect(waitMs).toBeGreaterThan(59_000);
    expect(waitMs).toBeLessThanOrEqual(60_000);
  });

  it('begins that wait at start, not at the first call', async () => {
    await loseTheStore();
    await slots(SHARED).onApplicationBootstrap();

    const { rows } = await admin.query('SELECT grants_from > clock_timestamp() AS waits FROM memori.lease_epoch');

    expect(rows).toEqual([{ waits: true }]);
  });

  it('leaves leases of other processes alone when it starts', async () => {
    await slots().acquire(ANNA);
    await slots(SHARED).onApplicationBootstrap();

    expect(await liveLeases()).toBe(1);
  });

  it('waits for nobody at start when no other process can use its PostgreSQL', async () => {
    const killed = await slots({ MEMORI_MAX_REQUESTS_PER_USER: '1' }).acquire(ANNA);
    const { rows } = await admin.query('SELECT holder FROM memori.leases');
    const restarted = slots({ MEMORI_MAX_REQUESTS_PER_USER: '1' });
    await restarted.onApplicationBootstrap();

    expect(await restarted.acquire(ANNA)).toBeDefined();
    const [renewed] = await db.database.call('SELECT memori.renew_slot($1, $2, 1000) AS kept', [
      killed!.fence,
      rows[0].holder,
    ]);
    expect(renewed).toEqual({ kept: false });
    await loseTheStore();
    await restarted.onApplicationBootstrap();
    expect(await restarted.acquire(ANNA)).toBeDefined();
  });

  it('grants again once that time is over, and renews no lease of before', async () => {
    const lease = await slots().acquire(ANNA);
    const { rows } = await admin.query('SELECT * FROM memori.leases');
    await loseTheStore();
    await slots().tryAcquire(BERT);
    // The worst case: the row of the old epoch is back, as after a restore.
    await admin.query('INSERT INTO memori.leases SELECT * FROM jsonb_populate_record(NULL::memori.leases, $1)', [
      JSON.stringify(rows[0]),
    ]);
    await admin.query("UPDATE memori.lease_epoch SET grants_from = '-infinity'");

    const [renewed] = await db.database.call('SELECT memori.renew_slot($1, $2, 1000) AS kept', [
      lease!.fence,
      rows[0].holder,
    ]);

    expect(renewed).toEqual({ kept: false });
    expect(await slots({ MEMORI_MAX_CONCURRENT_REQUESTS: '1' }).acquire(BERT)).toBeDefined();
  });

  it('aborts the call of a holder whose lease was given away', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'], advanceTimers: false });
    try {
      const lease = await slots().acquire(ANNA);
      const aborted = new Promise((resolve) => lease!.signal.addEventListener('abort', resolve));
      await admin.query('DELETE FROM memori.leases');

      jest.advanceTimersByTime(20_000);
      await aborted;

      expect(lease!.signal.reason).toMatchObject({ name: 'LeaseLostError', fence: lease!.fence });
    } finally {
      jest.useRealTimers();
    }
  });

  it('grants nothing for a paused rate key, and goes on with the others', async () => {
    const many = slots();
    await many.pause('model-a', 30_000);
    await many.pause('model-a', 10);

    const paused = await many.tryAcquire({ ...ANNA, rateKey: 'model-a' });
    const other = await many.tryAcquire({ ...ANNA, rateKey: 'model-b' });

    expect(paused).toMatchObject({ denied: 'paused' });
    expect((paused as { waitMs: number }).waitMs).toBeGreaterThan(29_000);
    expect(other).toBeInstanceOf(SlotLease);
  });

  it('costs one round trip to take and one to give back', async () => {
    const before = { ...db.database.counters };
    const lease = await slots().acquire(ANNA);
    await lease!.release();

    expect(db.database.counters.roundTrips - before.roundTrips).toBe(2);
  });

  async function loseTheStore(): Promise<void> {
    await admin.query('TRUNCATE memori.leases, memori.lease_epoch, memori.pauses');
  }
});

/** Another process, as far as PostgreSQL can tell. */
async function testPeer(db: TestDatabase) {
  const dataSource = await connectDataSource(dataSourceOptions(db.config, [], { poolSize: 5 }));
  return { database: new Database(dataSource), close: () => dataSource.destroy() };
}
