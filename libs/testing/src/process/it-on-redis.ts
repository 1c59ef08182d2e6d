import { RedisProcess } from './redis-process';

type Test = (name: string, work: () => Promise<void>) => void;

/** A test that needs a redis-server. Where none is installed it is skipped, with the reason in its name for the report. */
export function itOnRedis(name: string, work: () => Promise<void>): void {
  // This lib is built without the types of a test runner: its fake Claude and its benchmarks know none.
  const { it } = globalThis as unknown as { it: Test & { skip: Test } };
  if (RedisProcess.isInstalled) it(name, work);
  else it.skip(`${name} [skipped: no redis-server is installed]`, () => Promise.resolve());
}
