import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { addressOf, OWNER, RUNTIME, TEMPLATE, urlOf } from '../database/cluster-address';
import type { TestCluster } from '../database/test-cluster';
import { startBenchMemori } from './bench-memori';
import { CountingProxy } from './counting-proxy';
import { SUPERUSER } from '@memori/database';

const WARM_UP = 10;
const COUNTED = 50;
const IDLE_MS = 2_000;

export interface WorkPerQuestion {
  /** Waits for Memori's own database, and for the database that was asked about. */
  readonly ownRoundTrips: number;
  readonly sourceRoundTrips: number;
  readonly durableCommits: number;
  readonly commits: number;
  readonly idleRoundTripsPerSecond: number;
}

/** Counts what one question asks of PostgreSQL, with one client, on the wire and by the server's own statistics. */
export async function countWork(
  cluster: TestCluster,
  claudeUrl: string,
  source: { name: string; user: string },
): Promise<WorkPerQuestion> {
  const { port } = cluster.address;
  const own = await CountingProxy.start({ host: '127.0.0.1', port });
  const asked = await CountingProxy.start({ host: '127.0.0.1', port });
  const at = (proxy: CountingProxy, database: string, user: string) =>
    urlOf({ ...cluster.address, port: proxy.port }, database, user);
  const env = {
    MEMORI_DATABASE_URL: at(own, TEMPLATE, RUNTIME),
    MEMORI_DATABASE_DIRECT_URL: at(own, TEMPLATE, OWNER),
    MEMORI_ENCRYPTION_KEY: 'ab'.repeat(32),
  };
  const run = (questions: number) =>
    measure(own, asked, { claudeUrl, sourceUrl: at(asked, source.name, source.user), env }, questions);
  try {
    // The server writes a process's statistics down when it ends: two runs are compared as wholes.
    const before = await statistics(cluster);
    const short = await run(0);
    const between = await statistics(cluster);
    const long = await run(COUNTED);
    const after = await statistics(cluster);
    const more = (name: 'walSyncs' | 'commits') => after[name] - between[name] - (between[name] - before[name]);
    return {
      ownRoundTrips: long.own / COUNTED,
      sourceRoundTrips: long.asked / COUNTED,
      durableCommits: more('walSyncs') / COUNTED,
      commits: more('commits') / COUNTED,
      idleRoundTripsPerSecond: short.idlePerSecond,
    };
  } finally {
    await own.stop();
    await asked.stop();
  }
}

async function measure(
  own: CountingProxy,
  asked: CountingProxy,
  options: Parameters<typeof startBenchMemori>[0],
  questions: number,
) {
  const { memori, asker } = await startBenchMemori(options);
  try {
    for (let i = 0; i < WARM_UP; i++) await asker.ask();
    const idleFrom = own.roundTrips;
    await sleep(IDLE_MS);
    const idlePerSecond = ((own.roundTrips - idleFrom) / IDLE_MS) * 1000;
    const [ownFrom, askedFrom, begin] = [own.roundTrips, asked.roundTrips, performance.now()];
    for (let i = 0; i < questions; i++) await asker.ask();
    const idle = (idlePerSecond * (performance.now() - begin)) / 1000;
    return { own: own.roundTrips - ownFrom - idle, asked: asked.roundTrips - askedFrom, idlePerSecond };
  } finally {
    asker.close();
    await memori.stop();
  }
}

/** Commits of Memori's database, and how often a connection (no background process) waited for the log to reach the disk. */
async function statistics(cluster: TestCluster): Promise<{ walSyncs: number; commits: number }> {
  const client = new Client({ ...addressOf(cluster.address, 'postgres'), user: SUPERUSER });
  await client.connect();
  try {
    const { rows } = await client.query<{ syncs: string; commits: string }>(
      `SELECT (SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal' AND backend_type = 'client backend') AS syncs,
              (SELECT xact_commit FROM pg_stat_database WHERE datname = $1) AS commits`,
      [TEMPLATE],
    );
    return { walSyncs: Number(rows[0]?.syncs ?? 0), commits: Number(rows[0]?.commits ?? 0) };
  } finally {
    await client.end();
  }
}
