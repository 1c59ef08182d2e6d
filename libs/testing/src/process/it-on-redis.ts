import { RedisProcess } from './redis-process';

/** A test that needs a redis-server. Where none is installed it is skipped, with the reason in its name for the report. */
export function itOnRedis(name: string, work: () => Promise<void>): void {
  if (RedisProcess.isInstalled) it(name, work);
  else it.skip(`${name} [skipped: no redis-server is installed]`, () => undefined);
}
