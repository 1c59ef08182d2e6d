import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import type { TestDatabase } from '../../database/test-database';
import { startBenchMemori } from '../bench-memori';
import { percentile } from '../percentiles';
import { freshQuestion } from '../shop';
import type { MemoriProcess } from '../../process/memori-process';

export interface Fairness {
  readonly waiting: number;
  readonly newcomers: number;
  /** Time between two calls to the model while one user alone waits, in milliseconds. */
  readonly serviceMs: number;
  /** Calls for the busy user that began between a newcomer's question and its own call. */
  readonly overtakenMost: number;
  readonly lagP50Ms: number;
  readonly lagMostMs: number;
}

export interface FairnessPlan {
  readonly claudeUrl: string;
  readonly sourceUrl: string;
  readonly redisUrl?: string;
  readonly waiting: number;
  readonly newcomers: number;
}

/** One slot, one user with many waiting questions, and others who come with one each: how long theirs is kept waiting. */
export async function measureFairness(db: TestDatabase, plan: FairnessPlan): Promise<Fairness> {
  const env = {
    MEMORI_DATABASE_URL: db.url,
    MEMORI_DATABASE_DIRECT_URL: db.ownerUrl,
    MEMORI_ENCRYPTION_KEY: 'ab'.repeat(32),
    MEMORI_MAX_CONCURRENT_REQUESTS: '1',
    MEMORI_QUEUE_MAX_WAITING: '100000',
    MEMORI_QUEUE_MAX_WAIT_SECONDS: '86400',
    ...(plan.redisUrl && { MEMORI_REDIS_URL: plan.redisUrl }),
  };
  const { memori, asker } = await startBenchMemori({ claudeUrl: plan.claudeUrl, sourceUrl: plan.sourceUrl, env });
  try {
    await askMany(memori, plan.waiting);
    for (let n = 0; n < plan.newcomers; n++) {
      await ask(memori, `newcomer-${n}`, 'wait=60');
      await sleep(50); // not always in step with the calls
    }
    return { waiting: plan.waiting, ...(await lagsOf(db.superuser)) };
  } finally {
    asker.close();
    await memori.stop();
  }
}

async function askMany(memori: MemoriProcess, count: number): Promise<void> {
  let left = count;
  const client = async () => {
    while (left-- > 0) await ask(memori, 'busy', 'respond-async');
  };
  await Promise.all(Array.from({ length: 10 }, client));
}

async function ask(memori: MemoriProcess, user: string, prefer: string): Promise<void> {
  const body = { question: freshQuestion(), dataSourceId: 'shop' };
  const { status, body: answer } = await memori.call('POST', '/v1/questions', body, {
    'x-memori-user': user,
    prefer,
  });
  if (status > 202) throw new Error(`not taken in: ${status} ${JSON.stringify(answer).slice(0, 300)}`);
}

/** By the rows that the service wrote itself. */
async function lagsOf(superuser: ClientConfig): Promise<Omit<Fairness, 'waiting'>> {
  const client = new Client(superuser);
  await client.connect();
  try {
    const gaps = await client.query<{ ms: number }>(
      `SELECT extract(epoch FROM sent_at - lag(sent_at) OVER (ORDER BY sent_at)) * 1000 AS ms
       FROM memori.attempts WHERE user_id = 'busy' ORDER BY 1`,
    );
    const lags = await client.query<{ ms: number; overtaken: number }>(
      `SELECT extract(epoch FROM a.sent_at - q.created_at)::float8 * 1000 AS ms,
         (SELECT count(*)::int FROM memori.attempts b
          WHERE b.user_id = 'busy' AND b.sent_at > q.created_at AND b.sent_at < a.sent_at) AS overtaken
       FROM memori.questions q JOIN memori.attempts a ON a.question_id = q.id::text
       WHERE q.user_id LIKE 'newcomer-%'`,
    );
    const ms = lags.rows.map((row) => row.ms);
    return {
      newcomers: ms.length,
      serviceMs: percentile(
        gaps.rows.flatMap((row) => (row.ms === null ? [] : [Number(row.ms)])),
        0.5,
      ),
      overtakenMost: Math.max(...lags.rows.map((row) => row.overtaken)),
      lagP50Ms: percentile(ms, 0.5),
      lagMostMs: Math.max(...ms),
    };
  } finally {
    await client.end();
  }
}
