import { Redis } from 'ioredis';
import { Client, Pool } from 'pg';
import { connectDataSource, Database, dataSourceOptions, NotificationHub } from '@memori/database';
import { redisOptions } from '@memori/redis';
import { isStrict, RedisProcess, type TestDatabase } from '@memori/testing';
import { FenceBlocks } from './fence-blocks';
import { PostgresSlotStore } from './postgres-slot-store';
import { RedisSlotStore } from './redis-slot-store';
import type { SlotStore } from './slot-store';

/** One kind of store, and what a test does to it behind its back. */
export interface SlotBackend {
  /** One more client, as another process would be. */
  store(): Promise<SlotStore>;
  /** As if nobody had ever used it. */
  reset(): Promise<void>;
  /** Live leases by the store's clock. */
  live(): Promise<number>;
  /** Lets the lease of every holder end now. */
  expireAll(): Promise<void>;
  /** Everything that it held is gone. */
  lose(): Promise<void>;
  /** The lease length after a loss is over. */
  endWait(): Promise<void>;
  /** As if its clock were set back by so long after the last entry. */
  setClockBack(ms: number): Promise<void>;
  close(): Promise<void>;
}

export function postgresBackend(db: TestDatabase): SlotBackend {
  const admin = new Pool({ ...db.superuser, max: 4 });
  const ends: (() => Promise<unknown>)[] = [];
  const lose = () =>
    admin.query('TRUNCATE memori.leases, memori.lease_epoch, memori.pauses, memori.paces, memori.pace_buckets');
  const endWait = () => admin.query("UPDATE memori.lease_epoch SET grants_from = '-infinity'");
  return {
    async store() {
      const dataSource = await connectDataSource(dataSourceOptions(db.config, [], { poolSize: 5 }));
      const hub = new NotificationHub(db.config);
      const database = new Database(dataSource);
      ends.push(
        () => hub.onApplicationShutdown(),
        () => database.onApplicationShutdown(),
        () => dataSource.destroy(),
      );
      return new PostgresSlotStore(database, hub);
    },
    reset: async () => {
      await lose();
      await admin.query("INSERT INTO memori.lease_epoch (grants_from) VALUES ('-infinity')");
    },
    live: async () => {
      const sql = 'SELECT count(*)::int AS n FROM memori.leases WHERE expires_at > clock_timestamp()';
      return (await admin.query<{ n: number }>(sql)).rows[0]!.n;
    },
    expireAll: async () =>
      void (await admin.query("UPDATE memori.leases SET expires_at = clock_timestamp() - interval '1 ms'")),
    lose: async () => void (await lose()),
    endWait: async () => void (await endWait()),
    setClockBack: async (ms) => {
      await admin.query("UPDATE memori.leases SET expires_at = expires_at + $1 * interval '1 ms'", [ms]);
      await admin.query("UPDATE memori.lease_epoch SET grants_from = grants_from + $1 * interval '1 ms'", [ms]);
    },
    close: async () => {
      for (const end of ends) await end();
      await admin.end();
    },
  };
}

export interface RedisBackend extends SlotBackend {
  readonly server: RedisProcess;
  readonly admin: Redis;
  impatientStore(): RedisSlotStore;
}

const STATE = 'memori:{slots}:state';

/** Undefined where no redis-server is installed. */
export async function redisBackend(db: TestDatabase): Promise<RedisBackend | undefined> {
  const server = await RedisProcess.start();
  if (!server && isStrict()) throw new Error('redis-server is missing');
  if (!server) return undefined;
  const options = redisOptions(server.url);
  const admin = new Redis({ ...options, maxRetriesPerRequest: null }).on('error', () => undefined);
  const sql = new Client(db.superuser);
  await sql.connect();
  const opened: RedisSlotStore[] = [];
  const open = (patienceMs?: number) => {
    const store = new RedisSlotStore(options, new FenceBlocks(db.database), patienceMs);
    opened.push(store);
    return store;
  };
  const leases = async () => {
    const all = await admin.hgetall(STATE);
    return Object.entries(all).flatMap(([key, value]) =>
      key.startsWith('h:') ? [{ key, lease: JSON.parse(value) as { e: number } }] : [],
    );
  };
  const moveExpiry = async (to: (e: number) => number) => {
    for (const { key, lease } of await leases())
      await admin.hset(STATE, key, JSON.stringify({ ...lease, e: to(lease.e) }));
  };
  return {
    server,
    admin,
    impatientStore: () => open(150),
    async store() {
      const store = open();
      await store.open(1000).catch(() => undefined);
      return store;
    },
    reset: async () => {
      await admin.flushall();
      await sql.query("DELETE FROM memori.settings WHERE key = 'fence_blocks'");
    },
    live: async () => {
      const [seconds, micros] = (await admin.time()) as unknown as [string, string];
      const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
      return (await leases()).filter(({ lease }) => lease.e > now).length;
    },
    expireAll: () => moveExpiry(() => 1),
    lose: async () => void (await admin.flushall()),
    endWait: async () => void (await admin.hset(STATE, 'from', '0')),
    setClockBack: async (ms) => {
      await moveExpiry((e) => e + ms);
      const from = await admin.hget(STATE, 'from');
      if (from !== null) await admin.hset(STATE, 'from', String(Number(from) + ms));
    },
    close: async () => {
      for (const store of opened) store.onApplicationShutdown();
      admin.disconnect();
      await sql.end();
      await server.stop();
    },
  };
}
