import { Redis, type RedisOptions } from 'ioredis';
import { StartError } from '@memori/database';

/** The parts of a `redis://` or `rediss://` URL as ioredis takes them. */
export function redisOptions(url: string): RedisOptions {
  const { hostname, port, username, password, pathname, protocol } = new URL(url);
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1',
    port: Number(port || 6379),
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    db: Number(pathname.slice(1) || 0),
    ...(protocol === 'rediss:' && { tls: {} }),
    // Quick at first, since a restart takes a second; then once in five.
    retryStrategy: (times) => Math.min(times * 100, 5000),
  };
}

const OLDEST = 7;

export interface RedisFacts {
  readonly version: string;
  readonly evictionPolicy: string;
}

/** Throws when this Redis cannot serve; returns what is worth a warning. */
export function judgeRedis({ version, evictionPolicy }: RedisFacts): string[] {
  if (Number.parseInt(version, 10) < OLDEST)
    throw new StartError(`Redis ${version} is too old: Memori needs ${OLDEST} or later.`);
  if (evictionPolicy === 'noeviction' || evictionPolicy === '') return [];
  return [
    `Redis evicts keys when its memory is full (maxmemory-policy ${evictionPolicy}): jobs would be lost. Set it to noeviction.`,
  ];
}

/** Nobody answers there, as opposed to: something answers that cannot be used. */
export class RedisAwayError extends StartError {}

/**
 * Connects once, waiting up to `waitMs` for a Redis that is still starting, and asks what it is. Answers warnings; throws
 * a RedisAwayError when nobody answers, another StartError when what answers is of no use.
 */
export async function checkRedis(options: RedisOptions, waitMs = 30_000, signal?: AbortSignal): Promise<string[]> {
  const until = Date.now() + waitMs;
  const redis = new Redis({
    ...options,
    lazyConnect: true,
    maxRetriesPerRequest: null,
    // ioredis waits for this even after a connection that never came about.
    disconnectTimeout: 100,
    retryStrategy: () => (Date.now() < until ? 300 : null),
  });
  let lastError: unknown;
  redis.on('error', (error) => (lastError = error));
  const giveUp = () => redis.disconnect();
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    const version = /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? '';
    return judgeRedis({ version, evictionPolicy: await evictionPolicyOf(redis) });
  } catch (error) {
    if (error instanceof StartError) throw error;
    const message = `Redis at ${options.host}:${options.port} cannot be used: ${reasonOf(lastError ?? error)}. See MEMORI_REDIS_URL.`;
    const hasAnswered = (error as Error).name === 'ReplyError';
    throw hasAnswered ? new StartError(message) : new RedisAwayError(message);
  } finally {
    signal?.removeEventListener('abort', giveUp);
    redis.disconnect();
  }
}

/** Managed services forbid CONFIG; then nothing is known and nothing is said. */
async function evictionPolicyOf(redis: Redis): Promise<string> {
  try {
    const [, policy] = (await redis.config('GET', 'maxmemory-policy')) as string[];
    return policy ?? '';
  } catch {
    return '';
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message?.split('\n')[0] ?? 'unknown';
}
