import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { publishAddress } from '../database/cluster-address';
import { TestCluster } from '../database/test-cluster';
import { emptyDatabase, testDatabase } from '../database/test-database';
import { RedisProcess } from '../process/redis-process';
import { FakeProcess } from './fake-process';
import type { LoadResult } from './load';
import { SHOP_ANSWER, SHOP_SCRIPT } from './shop';
import { type Fairness, measureFairness } from './slots/fairness';
import { measurePairs } from './slots/pairs';
import { measureWakeUps, type WakeUps } from './slots/wake-ups';

const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', autovacuum: 'on' };
/** How long a call to the model takes in the measurement of fairness. */
const CALL_MS = 20;
const AIMS = { PostgreSQL: 2000, Redis: 2000 } as const;
const WAKE_AIM_MS = 50;

interface Figures {
  readonly store: keyof typeof AIMS;
  readonly pairs: LoadResult;
  readonly wakeUps: WakeUps;
  readonly fairness: Fairness;
}

const print = (text: string) => void process.stdout.write(`${text}\n`);

/** Called when this file is run: `npm run bench:slots [-- --quick] [-- --json FILE]`. */
async function main(): Promise<void> {
  const options = { quick: { type: 'boolean', default: false }, json: { type: 'string' } } as const;
  const { values } = parseArgs({ options });
  const cluster = await TestCluster.start(DURABLE);
  publishAddress(cluster.address);
  const redis = await RedisProcess.start();
  try {
    const figures = [await measure('PostgreSQL', undefined, values.quick)];
    if (redis) figures.push(await measure('Redis', redis.url, values.quick));
    for (const each of figures) report(each);
    const skipped = redis ? [] : [{ store: 'Redis', reason: 'no redis-server is installed' }];
    for (const { store, reason } of skipped) print(`\n${store}: skipped, since ${reason}`);
    if (values.json) writeFileSync(values.json, `${JSON.stringify({ bench: 'slots', figures, skipped }, null, 2)}\n`);
  } finally {
    await redis?.stop();
    await cluster.stop();
  }
}

async function measure(store: Figures['store'], redisUrl: string | undefined, isQuick: boolean): Promise<Figures> {
  const [db, shop, fake] = [
    await testDatabase(),
    await emptyDatabase(SHOP_SCRIPT),
    await FakeProcess.start(SHOP_ANSWER, CALL_MS),
  ];
  const place = { databaseUrl: db.url, ...(redisUrl && { redisUrl }) };
  try {
    print(`${store}: pairs …`);
    const pairs = await measurePairs(place, isQuick ? 2 : 20);
    print(`${store}: wake-ups …`);
    const wakeUps = await measureWakeUps(place, isQuick ? 50 : 500);
    print(`${store}: fairness …`);
    const fairness = await measureFairness(db, {
      claudeUrl: fake.url,
      sourceUrl: shop.url,
      redisUrl,
      waiting: isQuick ? 100 : 1000,
      newcomers: isQuick ? 5 : 20,
    });
    return { store, pairs, wakeUps, fairness };
  } finally {
    await fake.stop();
    await Promise.all([db.close(), shop.close()]);
  }
}

function report({ store, pairs, wakeUps, fairness }: Figures): void {
  const { serviceMs, overtakenMost, lagP50Ms, lagMostMs } = fairness;
  print(`\n${store}`);
  print(
    aim(
      pairs.perSecond >= AIMS[store] && pairs.failed === 0,
      `acquire and release: ${pairs.perSecond.toFixed(0)} pairs a second, p99 ${pairs.p99Ms.toFixed(1)} ms, ${pairs.failed} failed (aim: at least ${AIMS[store]})`,
    ),
  );
  print(
    aim(
      wakeUps.p99Ms <= WAKE_AIM_MS,
      `from free to a waiter in another process: p50 ${wakeUps.p50Ms.toFixed(1)} ms, p99 ${wakeUps.p99Ms.toFixed(1)} ms over ${wakeUps.rounds} rounds (aim: p99 at most ${WAKE_AIM_MS})`,
    ),
  );
  print(
    aim(
      overtakenMost <= 1,
      `fairness lag: ${overtakenMost} services at most went before a newcomer's (aim: 1), with ${fairness.waiting} questions of another waiting`,
    ),
  );
  print(
    `          ${lagP50Ms.toFixed(0)} ms at p50 and ${lagMostMs.toFixed(0)} ms at most, over ${fairness.newcomers} newcomers; one service takes ${serviceMs.toFixed(0)} ms`,
  );
}

function aim(isMet: boolean, text: string): string {
  return `  ${isMet ? 'met    ' : 'missed '} ${text}`;
}

main().catch((error: Error) => {
  process.stderr.write(`${error.stack ?? error.message}\n`);
  process.exit(1); // the servers that were started end with this process
});
