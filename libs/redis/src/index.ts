/** How Memori reaches Redis: the parts of its URL, and the check at start. */
export { checkRedis, judgeRedis, redisOptions, type RedisFacts } from './redis-server';
