import fc from 'fast-check';
import { parseEnv } from '@memori/config';
import { Log, Metrics } from '@memori/monitoring';
import { itOnRedis, testDatabase, type TestDatabase } from '@memori/testing';
import { Pacer } from './pacer';
import { postgresBackend, redisBackend, type SlotBackend } from './slot-backends.fixture';
import type { NoSlot, SlotKey } from './slot-key';
import { SlotLease } from './slot-lease';
import type { SlotAsk, SlotStore } from './slot-store';
import { Slots } from './slots';

const ANNA = { tenantId: 'default', userId: 'anna' };
const BERT = { tenantId: 'default', userId: 'bert' };
const CARL = { tenantId: 'default', userId: 'carl' };
const log = new Log({ level: 'silent' });

jest.setTimeout(30_000);

describe.each(['PostgreSQL', 'Redis'])('Slots on %s', (kind) => {
  let db: TestDatabase;
  let backend: SlotBackend | undefined;
  let store: SlotStore;

  beforeAll(async () => {
    db = await testDatabase();
    backend = kind === 'Redis' ? await redisBackend(db) : postgresBackend(db);
    if (backend) store = await backend.store();
  });
  afterAll(async () => {
    await backend?.close();
    await db.close();
  });
  beforeEach(() => backend?.reset());

  /** A test against the store; nothing where its server is not installed. */
  function on(name: string, work: (backend: SlotBackend) => Promise<void>): void {
    (kind === 'Redis' ? itOnRedis : it)(name, () => work(backend!));
  }

  function open(settings: Record<string, string> = {}, from = store) {
    const env = parseEnv({ MEMORI_SLOT_LEASE_MS: '60000', ...settings });
    const pacer = new Pacer(from, env, log);
    const metrics = new Metrics();
    return Object.assign(new Slots(from, pacer, env, metrics, log), { pace: pacer, counted: metrics });
  }
  const slots = (settings?: Record<string, string>, from?: SlotStore) => open(settings, from);

  function wish(more: Partial<SlotAsk> = {}): SlotAsk {
    const limits = { most: 10, mostPerUser: 3, mostBackground: 5, mostBackgroundPerUser: 1 };
    return { ...ANNA, ...limits, holder: '00000000-0000-7000-8000-000000000001', leaseMs: 60_000, isBackground: false,
      inputTokens: 0, outputTokens: 0, ...more }; // prettier-ignore
  }

  describe('the limits', () => {
    on('grant as many slots as there are, and no more', async () => {
      const two = slots({ MEMORI_MAX_CONCURRENT_REQUESTS: '2' });

      const taken = [await two.acquire(ANNA), await two.acquire(BERT), await two.acquire(ANNA)];

      expect(taken.map((lease) => lease !== undefined)).toEqual([true, true, false]);
    });

    on('say whether all slots are taken or only those of the user', async () => {
      const two = slots({ MEMORI_MAX_CONCURRENT_REQUESTS: '2', MEMORI_MAX_REQUESTS_PER_USER: '1' });
      await two.acquire(ANNA);

      const second = await two.tryAcquire(ANNA);
      await two.acquire(BERT);
      const third = await two.tryAcquire(CARL);

      expect(second).toMatchObject({ denied: 'user' });
      expect(third).toMatchObject({ denied: 'all' });
      expect(await two.counted.text()).toContain('memori_slots_denied_total{reason="user"} 1');
    });

    on('count users of the same name in two tenants apart', async () => {
      const one = slots({ MEMORI_MAX_REQUESTS_PER_USER: '1' });
      await one.acquire(ANNA);

      expect(await one.acquire({ tenantId: 'other', userId: 'anna' })).toBeDefined();
    });

    on('take nothing when one of the two denies', async (backend) => {
      const one = slots({ MEMORI_MAX_REQUESTS_PER_USER: '1' });
      await one.acquire(ANNA);
      await one.acquire(ANNA);

      expect(await backend.live()).toBe(1);
    });

    on('hold at every instant, whatever fifty acquirers on several clients do', async (backend) => {
      const limits = { MEMORI_MAX_CONCURRENT_REQUESTS: '7', MEMORI_MAX_REQUESTS_PER_USER: '3' };
      const instances = [store, await backend.store(), await backend.store()].map((each) => slots(limits, each));
      let [holding, most, granted, mostByUser] = [0, 0, 0, 0];
      const byUser = new Map<string, number>();
      const count = (userId: string, by: number) => {
        holding += by;
        byUser.set(userId, (byUser.get(userId) ?? 0) + by);
        [most, mostByUser] = [Math.max(most, holding), Math.max(mostByUser, byUser.get(userId)!)];
      };

      await Promise.all(
        Array.from({ length: 50 }, async (_, index) => {
          const userId = `user-${index % 5}`;
          for (let got = 0; got < 4;) {
            const lease = await instances[index % 3]!.acquire({ tenantId: 'default', userId });
            if (!lease) continue;
            [got, granted] = [got + 1, granted + 1];
            count(userId, 1);
            expect(await backend.live()).toBeLessThanOrEqual(7);
            count(userId, -1);
            await lease.release();
          }
        }),
      );

      expect(granted).toBe(200);
      expect(most).toBeLessThanOrEqual(7);
      expect(mostByUser).toBeLessThanOrEqual(3);
      expect(await backend.live()).toBe(0);
    });

    on('hold, and fences rise, through any order of asking, freeing, expiring and losing', async (backend) => {
      type Step = readonly ['acquire' | 'free' | 'renew', number] | readonly ['expire' | 'lose' | 'wait'];
      const step = fc.oneof(
        { weight: 6, arbitrary: fc.tuple(fc.constantFrom('acquire' as const), fc.nat(2)) },
        { weight: 3, arbitrary: fc.tuple(fc.constantFrom('free' as const, 'renew' as const), fc.nat(8)) },
        { weight: 1, arbitrary: fc.constantFrom(['expire'] as const, ['lose'] as const, ['wait'] as const) },
      );
      const limits = { MEMORI_MAX_CONCURRENT_REQUESTS: '4', MEMORI_MAX_REQUESTS_PER_USER: '2' };
      const instances = [slots(limits), slots(limits, await backend.store())];

      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps: Step[]) => {
          await backend.reset();
          // A store that was never used has nothing to lose.
          await (await instances[0]!.acquire(CARL))!.release();
          let [highest, isLost] = [-1n, false];
          let held: { lease: SlotLease; user: number }[] = [];
          for (const [index, [what, of = 0]] of steps.entries()) {
            if (what === 'acquire') {
              const lease = await instances[index % 2]!.acquire({ tenantId: 'default', userId: `u${of}` });
              const hasRoom = held.length < 4 && held.filter(({ user }) => user === of).length < 2;
              expect(lease !== undefined).toBe(hasRoom && !isLost);
              if (!lease) continue;
              expect(lease.fence > highest).toBe(true);
              highest = lease.fence;
              held.push({ lease, user: of });
            } else if (what === 'free' && held.length > 0) {
              const [freed] = held.splice(of % held.length, 1);
              await freed!.lease.release();
            } else if (what === 'expire') {
              await backend.expireAll();
              held = [];
            } else if (what === 'lose') {
              await backend.lose();
              [isLost, held] = [true, []];
            } else if (what === 'wait') {
              // Somebody must have asked, else the loss is noticed only by the next who does.
              if (isLost) await instances[0]!.acquire(CARL);
              await backend.endWait();
              isLost = false;
            }
            expect(await backend.live()).toBe(held.length);
          }
          await Promise.all(held.map(({ lease }) => lease.release()));
        }),
        { numRuns: 25 },
      );
    });
  });

  describe('a lease', () => {
    on('ends without the help of a holder who died', async (backend) => {
      const one = slots({ MEMORI_MAX_CONCURRENT_REQUESTS: '1' });
      await one.acquire(ANNA);
      await backend.expireAll();

      expect(await one.acquire(BERT)).toBeDefined();
    });

    on('that is over frees nothing', async (backend) => {
      const one = slots({ MEMORI_MAX_CONCURRENT_REQUESTS: '1' });
      const stale = await one.acquire(ANNA);
      await backend.expireAll();
      await one.acquire(BERT);

      await stale!.release();

      expect(await backend.live()).toBe(1);
      expect(await one.acquire(ANNA)).toBeUndefined();
    });

    on('is renewed and freed by its holder alone, even with its fence', async (backend) => {
      const { fence } = await store.acquire(wish());
      const stranger = '00000000-0000-7000-8000-000000000002';

      expect(await store.release(BigInt(fence!), stranger)).toBe(false);
      expect(await store.renew(BigInt(fence!), stranger, 1000)).toBe(false);
      expect(await backend.live()).toBe(1);
      expect(await store.renew(BigInt(fence!), wish().holder, 60_000)).toBe(true);
      expect(await store.release(BigInt(fence!), wish().holder)).toBe(true);
    });

    on('is freed by its holder alone, and once, among many given back at once', async (backend) => {
      const holders = [1, 2, 3].map((n) => `00000000-0000-7000-8000-00000000000${n}`) as [string, string, string];
      const [first, second, third] = (await Promise.all(
        holders.map(async (holder) => BigInt((await store.acquire(wish({ holder }))).fence!)),
      )) as [bigint, bigint, bigint];

      const given = [
        store.release(first, holders[0]),
        store.release(second, holders[1]),
        store.release(second, holders[1]),
        store.release(third + 1000n, holders[2]),
        store.release(third, holders[0]),
      ];

      expect(await Promise.all(given)).toEqual([true, true, false, false, false]);
      expect(await backend.live()).toBe(1);
    });

    on('lives as long as it is renewed', async (backend) => {
      const { fence } = await store.acquire(wish({ leaseMs: 40 }));
      for (let n = 0; n < 20; n++) await store.renew(BigInt(fence!), wish().holder, 60_000);

      expect(await backend.live()).toBe(1);
    });

    on('is never longer than it was asked for, though the clock is set back', async (backend) => {
      const one = slots({ MEMORI_MAX_CONCURRENT_REQUESTS: '1' });
      await (await one.acquire(ANNA))!.release();
      await store.acquire(wish({ leaseMs: 1 }));
      await backend.setClockBack(3_600_000);
      await one.acquire(BERT);

      // Were it taken at its word, it would block the slot for an hour.
      const until = Date.now() + 10_000;
      while (Date.now() < until && !(await one.acquire(BERT))) continue;
      expect(await backend.live()).toBe(1);
    });

    on('that was given away aborts the call of its holder', async (backend) => {
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'Date'], advanceTimers: false });
      try {
        const many = slots();
        const lease = await many.acquire(ANNA);
        const aborted = new Promise((resolve) => lease!.signal.addEventListener('abort', resolve));
        await backend.expireAll();

        jest.advanceTimersByTime(20_000);
        await aborted;

        expect(lease!.signal.reason).toMatchObject({ name: 'LeaseLostError', fence: lease!.fence });
        expect(await many.counted.text()).toContain('memori_leases_lost_total 1');
      } finally {
        jest.useRealTimers();
      }
    });

    on('that was let go is back when all is settled', async (backend) => {
      const many = slots();
      const lease = await many.acquire(ANNA);

      lease!.letGo();
      await many.beforeApplicationShutdown();

      expect(await backend.live()).toBe(0);
    });
  });

  describe('who waits', () => {
    on('is told by another client when a slot is given back', async (backend) => {
      const other = await backend.store();
      const told = listen(other);
      await told.next();
      const one = slots({ MEMORI_MAX_CONCURRENT_REQUESTS: '1' });
      const lease = await one.acquire(ANNA);
      await one.acquire(BERT);

      await lease!.release();

      await told.next();
    });

    on('is told of each slot, also of those that are given back at the same time', async (backend) => {
      const told = listen(await backend.store());
      await told.next();
      const five = slots({ MEMORI_MAX_CONCURRENT_REQUESTS: '5', MEMORI_MAX_REQUESTS_PER_USER: '5' });
      const leases = await Promise.all([1, 2, 3, 4, 5].map(() => five.acquire(ANNA)));
      await five.acquire(BERT);

      await Promise.all(leases.map((lease) => lease!.release()));

      for (let n = 0; n < 5; n++) await told.next();
    });

    on('is the reason for a notice: where nobody waits, none is sent', async (backend) => {
      const told = listen(await backend.store());
      await told.next();
      const one = slots({ MEMORI_MAX_CONCURRENT_REQUESTS: '1' });
      for (let n = 0; n < 5; n++) await (await one.acquire(ANNA))!.release();
      expect(told.count).toBe(0);

      // And this one arrives, so that the others would have.
      const lease = await one.acquire(ANNA);
      await one.acquire(BERT);
      await lease!.release();
      await told.next();
      expect(told.count).toBe(0);
    });
  });

  describe('after the store lost its leases', () => {
    on('nothing is granted for one lease length', async (backend) => {
      const before = slots();
      await before.acquire(ANNA);
      await backend.lose();

      const denied = (await before.tryAcquire(BERT)) as NoSlot;

      expect(denied).toMatchObject({ denied: 'epoch' });
      expect(denied.waitMs).toBeGreaterThan(55_000);
      expect(denied.waitMs).toBeLessThanOrEqual(60_000);
      expect(await before.counted.text()).toContain('memori_lease_epochs_total 1');
    });

    on('that wait begins at start, not at the first call', async (backend) => {
      await slots().acquire(ANNA);
      await backend.lose();
      await slots({ MEMORI_SLOT_LEASE_MS: '5000' }).onApplicationBootstrap();

      const denied = (await slots().tryAcquire(BERT)) as NoSlot;

      expect(denied).toMatchObject({ denied: 'epoch' });
      expect(denied.waitMs).toBeLessThanOrEqual(5000);
    });

    on('it grants again once that time is over, and renews no lease of before', async (backend) => {
      const { fence } = await store.acquire(wish());
      await backend.lose();
      await slots().tryAcquire(BERT);
      await backend.endWait();

      expect(await store.renew(BigInt(fence!), wish().holder, 60_000)).toBe(false);
      const next = await slots({ MEMORI_MAX_CONCURRENT_REQUESTS: '1' }).acquire(BERT);
      expect(next!.fence > BigInt(fence!)).toBe(true);
    });

    on('the wait is never longer than a lease, though the clock is set back', async (backend) => {
      await slots().acquire(ANNA);
      await backend.lose();
      await slots().tryAcquire(BERT);
      await backend.setClockBack(3_600_000);

      const denied = (await slots().tryAcquire(BERT)) as NoSlot;

      expect(denied).toMatchObject({ denied: 'epoch' });
      expect(denied.waitMs).toBeLessThanOrEqual(60_000);
    });

    on('a start leaves leases of other processes alone when nothing was lost', async (backend) => {
      await slots().acquire(ANNA);
      await slots().onApplicationBootstrap();

      expect(await backend.live()).toBe(1);
    });
  });

  describe('background work', () => {
    const background = (of: SlotKey): SlotKey => ({ ...of, class: 'background' });

    on('gets half of the slots, and half of its user’s', async () => {
      const four = slots({ MEMORI_MAX_CONCURRENT_REQUESTS: '4', MEMORI_MAX_REQUESTS_PER_USER: '3' });

      const granted = [
        await four.acquire(background(ANNA)),
        await four.acquire(background(ANNA)),
        await four.acquire(background(BERT)),
        await four.acquire(background(CARL)),
        await four.acquire(CARL),
        await four.acquire(CARL),
      ];

      expect(granted.map((lease) => lease !== undefined)).toEqual([true, false, true, false, true, true]);
      expect(await four.tryAcquire(background(CARL))).toMatchObject({ denied: 'all' });
    });

    on('gets none while an interactive call waits', async () => {
      const many = slots();
      many.interactiveWaits = () => Promise.resolve(true);

      expect(await many.tryAcquire(background(ANNA))).toMatchObject({ denied: 'background' });
      expect(await many.acquire(ANNA)).toBeDefined();
    });
  });

  describe('the pace of a rate key', () => {
    const A = { rateKey: 'model-a' };
    const B = { rateKey: 'model-b' };
    const wide = { MEMORI_MAX_CONCURRENT_REQUESTS: '10', MEMORI_MAX_REQUESTS_PER_USER: '10' };
    const inAMinute = () => new Date(Date.now() + 60_000);

    /** How many calls are let through before the first is held back. */
    async function letThrough(many: Slots, key: SlotKey, atMost = 10): Promise<number> {
      const leases: SlotLease[] = [];
      while (leases.length < atMost) {
        const lease = await many.acquire(key);
        if (!lease) break;
        leases.push(lease);
      }
      await Promise.all(leases.map((lease) => lease.release()));
      return leases.length;
    }

    on('stops for as long as the provider says, and the others go on', async () => {
      const many = slots();
      await many.pause('model-a', 30_000);
      await many.pause('model-a', 10);

      const paused = (await many.tryAcquire({ ...ANNA, ...A })) as NoSlot;

      expect(paused).toMatchObject({ denied: 'paused', because: 'rate-limited' });
      expect(paused.waitMs).toBeGreaterThan(25_000);
      expect(await many.tryAcquire({ ...ANNA, ...B })).toBeInstanceOf(SlotLease);
    });

    on('is that of all clients: what one observed holds another back', async (backend) => {
      const [one, other] = [slots(wide), slots(wide, await backend.store())];
      one.pace.observe('model-a', { kind: 'rate-limited', retryAfterMs: 30_000 });
      await one.pace.flush();

      expect(await other.tryAcquire({ ...ANNA, ...A })).toMatchObject({ denied: 'paused' });
      expect(await other.tryAcquire({ ...ANNA, ...B })).toBeInstanceOf(SlotLease);
    });

    on('tells all clients why it is paused, by the longest of the pauses', async (backend) => {
      const [one, other] = [slots(wide), slots(wide, await backend.store())];
      const because = async (rateKey: string) => ((await other.tryAcquire({ ...ANNA, rateKey })) as NoSlot).because;
      await one.pause('model-a', 30_000, 'overloaded');
      await one.pause('model-a', 10, 'rate-limited');
      one.pace.observe('model-b', { kind: 'overloaded', retryAfterMs: 30_000 });
      await one.pace.flush();
      const first = [await because('model-a'), await because('model-b')];
      await one.pause('model-a', 60_000, 'rate-limited');
      await one.pause('model-b', 60_000, 'unavailable');

      expect(first).toEqual(['overloaded', 'overloaded']);
      expect([await because('model-a'), await because('model-b')]).toEqual(['rate-limited', 'unavailable']);
      expect(((await other.tryAcquire({ ...ANNA, rateKey: 'model-c' })) as NoSlot).because).toBeUndefined();
    });

    on('lets what somebody waits for come first when its time has come', async (backend) => {
      const [one, other] = [slots(wide), slots(wide, await backend.store())];
      const night = { ...BERT, class: 'background' } as const;
      await one.pause('model-a', 30_000);
      const before = (await other.tryAcquire({ ...night, ...A })) as NoSlot;

      const waits = (await one.tryAcquire({ ...ANNA, ...A })) as NoSlot;
      const after = (await other.tryAcquire({ ...night, ...A })) as NoSlot;

      expect([before.denied, waits.denied, after.denied]).toEqual(['paused', 'paused', 'background']);
      expect(after.waitMs).toBeGreaterThan(waits.waitMs);
      expect(await other.tryAcquire({ ...night, ...B })).toBeInstanceOf(SlotLease);
    });

    on('halves when the provider complains, once for complaints that come together', async () => {
      const many = slots(wide);
      const held = await Promise.all(Array.from({ length: 7 }, () => many.acquire({ ...ANNA, ...A })));
      for (let n = 0; n < 3; n++) many.pace.observe('model-a', { kind: 'overloaded' });
      await many.pace.flush();
      many.pace.observe('model-a', { kind: 'rate-limited' });
      await many.pace.flush();
      await Promise.all(held.map((lease) => lease!.release()));

      // Ten were on their way: seven that hold a slot, and three that complained.
      expect(await letThrough(many, { ...ANNA, ...A })).toBe(5);
      expect(await letThrough(many, { ...ANNA, ...B })).toBe(10);
      expect(await many.counted.text()).toContain('memori_slots_denied_total{reason="paced"} 1');
    });

    on('recovers step by step', async () => {
      const many = slots(wide);
      for (let n = 0; n < 9; n++) many.pace.observe('model-a', { kind: 'overloaded' });
      await many.pace.flush();
      const rooms = [await letThrough(many, { ...ANNA, ...A })];
      for (let round = 0; round < 40; round++) {
        for (let n = 0; n < rooms.at(-1)!; n++) many.pace.observe('model-a', { kind: 'ok' });
        await many.pace.flush();
        rooms.push(await letThrough(many, { ...ANNA, ...A }));
        if (rooms.at(-1) === 10) break;
      }

      expect(rooms[0]).toBe(4);
      expect(rooms.at(-1)).toBe(10);
      for (const [index, room] of rooms.slice(1).entries()) expect(room - rooms[index]!).toBeLessThanOrEqual(1);
    });

    on('slows down before the limit is reached', async () => {
      const many = slots(wide);
      const limits = { requests: { limit: 50, remaining: 8, resetsAt: inAMinute() } };
      many.pace.observe('model-a', { kind: 'ok', limits });
      await many.pace.flush();

      // The last tenth is kept: 8 less 5 are given out, then one for each that flows in.
      expect(await letThrough(many, { ...ANNA, ...A })).toBe(3);
      const first = (await many.tryAcquire({ ...ANNA, ...A })) as NoSlot;
      const second = (await many.tryAcquire({ ...BERT, ...A })) as NoSlot;
      expect(first).toMatchObject({ denied: 'paced' });
      // A request flows in every 60 s / 42; whoever asks next is told to come one later.
      expect(first.waitMs).toBeGreaterThan(500);
      expect(second.waitMs - first.waitMs).toBeGreaterThan(1000);
    });

    on('counts tokens that a call will take', async () => {
      const many = slots(wide);
      const limits = { inputTokens: { limit: 100_000, remaining: 20_000, resetsAt: inAMinute() } };
      many.pace.observe('model-a', { kind: 'ok', limits });
      await many.pace.flush();

      expect(await letThrough(many, { ...ANNA, ...A, tokens: { input: 4000 } })).toBe(2);
      expect(await many.acquire({ ...ANNA, ...A, tokens: { input: 10 } })).toBeDefined();
    });

    on('lets a call through that is larger than the bucket, once it is full', async () => {
      const many = slots(wide);
      const limits = { inputTokens: { limit: 1000, remaining: 400, resetsAt: new Date(Date.now() + 2000) } };
      many.pace.observe('model-a', { kind: 'ok', limits });
      await many.pace.flush();
      expect(await many.tryAcquire({ ...ANNA, ...A, tokens: { input: 5000 } })).toMatchObject({ denied: 'paced' });
      const full = { inputTokens: { limit: 1000, remaining: 1000, resetsAt: new Date() } };
      many.pace.observe('model-a', { kind: 'rate-limited', limits: full });
      await many.pace.flush();

      expect(await many.acquire({ ...ANNA, ...A, tokens: { input: 5000 } })).toBeDefined();
    });
  });

  /** Notices as they come, one after the other; the first `next` waits until notices can come at all. */
  function listen(from: SlotStore) {
    let [count, isReady] = [0, false];
    let wake: () => void = () => undefined;
    const take = async () => {
      while (count === 0) await new Promise<void>((resolve) => (wake = resolve));
      count--;
    };
    from.onFreed(() => {
      count++;
      wake();
    });
    return {
      get count() {
        return count;
      },
      async next() {
        if (isReady) return take();
        isReady = true;
        if (kind === 'Redis') return take(); // as it begins to listen it says so
        await (from as unknown as { hub: { ready(): Promise<void> } }).hub.ready();
      },
    };
  }
});
