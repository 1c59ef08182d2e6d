/** How Memori reaches Redis: the parts of its URL, the check at start, and what to do until it is there. */
export { checkRedis, judgeRedis, RedisAwayError, redisOptions, type RedisFacts } from './redis-server';
export { RedisArrival } from './redis-arrival';
