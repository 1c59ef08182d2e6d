import { Redis } from 'ioredis';
import type { Sql } from './sql';

/** Slots as the store that keeps them sees them this moment, by its own clock. */
export interface SlotsNow {
  /** The user of each live lease. */
  readonly users: readonly string[];
  /** Nothing may be granted just now: the provider asked for a pause, or the store has forgotten who holds what. */
  readonly isHeldBack: boolean;
}

const IN_POSTGRES = `
  SELECT ARRAY(SELECT tenant_id || ' ' || user_id FROM memori.leases WHERE expires_at > clock_timestamp()) AS users,
    EXISTS (SELECT FROM memori.pauses WHERE not_before > clock_timestamp())
      OR EXISTS (SELECT FROM memori.lease_epoch WHERE grants_from > clock_timestamp())
      OR NOT EXISTS (SELECT FROM memori.lease_epoch) AS "isHeldBack"`;

const STATE = 'memori:{slots}:state';
const PACE = 'memori:{slots}:pace:*';

/** Looks at the leases in PostgreSQL and, where there is one, in Redis: an instance uses one of the two. */
export class Leases {
  private readonly redis?: Redis;

  constructor(redisUrl?: string) {
    if (!redisUrl) return;
    const once = { enableOfflineQueue: false, maxRetriesPerRequest: 0, retryStrategy: () => 100 };
    this.redis = new Redis(redisUrl, once).on('error', () => undefined);
  }

  /** Rejects while the store is away. */
  async now(sql: Sql): Promise<SlotsNow> {
    const inPostgres = await sql.row<SlotsNow>(IN_POSTGRES);
    if (!this.redis) return inPostgres;
    const inRedis = await this.inRedis(this.redis);
    return {
      users: [...inPostgres.users, ...inRedis.users],
      isHeldBack: inPostgres.isHeldBack || inRedis.isHeldBack,
    };
  }

  close(): void {
    this.redis?.disconnect();
  }

  private async inRedis(redis: Redis): Promise<SlotsNow> {
    const [state, paces, [seconds, micros]] = await Promise.all([redis.hgetall(STATE), redis.keys(PACE), redis.time()]);
    const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
    const leases = Object.entries(state)
      .filter(([field]) => field.startsWith('h:'))
      .map(([, lease]) => JSON.parse(lease) as { e: number; u: string })
      .filter(({ e }) => e > now);
    const moments = await Promise.all(paces.map((key) => redis.hmget(key, 'not_before', 'turn')));
    const isPaused = moments.flat().some((moment) => Number(moment ?? 0) > now);
    const isForgetful = state.epoch === undefined || Number(state.from) > now;
    return { users: leases.map(({ u }) => (JSON.parse(u) as string[]).join(' ')), isHeldBack: isPaused || isForgetful };
  }
}
