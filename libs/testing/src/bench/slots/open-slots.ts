import { FenceBlocks, Pacer, PostgresSlotStore, RedisSlotStore, Slots, type SlotStore } from '@memori/concurrency';
import { parseEnv } from '@memori/config';
import { configOf, connectDataSource, Database, dataSourceOptions, NotificationHub } from '@memori/database';
import { Log, Metrics } from '@memori/monitoring';
import { redisOptions } from '@memori/redis';

/** Where the slots are; `redisUrl` absent: on PostgreSQL. */
export interface SlotPlace {
  readonly databaseUrl: string;
  readonly redisUrl?: string;
}

export interface OpenSlots {
  readonly slots: Slots;
  readonly store: SlotStore;
  close(): Promise<void>;
}

/** The slots of one process, as the service makes them. */
export async function openSlots(place: SlotPlace, settings: Record<string, string>): Promise<OpenSlots> {
  const config = configOf(place.databaseUrl);
  const dataSource = await connectDataSource(dataSourceOptions(config, [], { poolSize: 10 }));
  const [database, hub] = [new Database(dataSource), new NotificationHub(config)];
  const store = place.redisUrl
    ? new RedisSlotStore(redisOptions(place.redisUrl), new FenceBlocks(database))
    : new PostgresSlotStore(database, hub);
  const [env, log] = [parseEnv(settings), new Log({ level: 'warn' })];
  const slots = new Slots(store, new Pacer(store, env, log), env, new Metrics(), log);
  await slots.onApplicationBootstrap();
  const close = async () => {
    await slots.settled();
    if (store instanceof RedisSlotStore) store.onApplicationShutdown();
    await hub.onApplicationShutdown();
    await dataSource.destroy();
  };
  return { slots, store, close };
}
