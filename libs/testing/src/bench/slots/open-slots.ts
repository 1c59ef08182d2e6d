import { FenceBlocks, Pacer, PostgresSlotStore, RedisSlotStore, Slots } from '@memori/concurrency';
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
  /** Calls `listener` at each freed slot; resolves when no notice can be missed any more. */
  listen(listener: () => void): Promise<void>;
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
  const listen = async (listener: () => void) => {
    // Redis tells its listeners once when it has begun to listen; PostgreSQL's hub is asked.
    await new Promise<void>((resolve) => {
      store.onFreed(() => {
        resolve();
        listener();
      });
      if (!place.redisUrl) void hub.ready().then(resolve);
    });
  };
  const close = async () => {
    await slots.settled();
    if (store instanceof RedisSlotStore) store.onApplicationShutdown();
    await hub.onApplicationShutdown();
    await dataSource.destroy();
  };
  return { slots, listen, close };
}
