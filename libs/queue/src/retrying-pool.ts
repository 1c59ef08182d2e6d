import { setTimeout as wait } from 'node:timers/promises';
import type { Pool, QueryResult } from 'pg';
import { isConflict, isUnreachable } from '@memori/database';

const MAX_ATTEMPTS = 8;
const LONGEST_PAUSE_MS = 20;
const OUTAGE_PAUSE_MS = 250;

type Send = (text: string, params?: unknown[]) => Promise<QueryResult>;

/**
 * A pool as BullMQ needs it. Its completions, stalled checks and removals can deadlock with each other; a job that
 * succeeded is then marked failed or runs twice. Each of its operations is one statement, hence one transaction, so that
 * it can simply be sent again.
 */
export function retryConflicts(pool: Pool, pause: (ms: number) => Promise<unknown> = wait): Pool {
  const send = pool.query.bind(pool) as Send;
  const sendAgain: Send = async (text, params) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await send(text, params);
      } catch (error) {
        if (pool.ending || isUnreachable(error)) throw await outage(error, pause);
        if (!isConflict(error) || attempt >= MAX_ATTEMPTS) throw error;
        await pause(Math.random() * LONGEST_PAUSE_MS);
      }
    }
  };
  pool.query = sendAgain as Pool['query'];
  return pool;
}

/**
 * BullMQ's worker asks again at once, without end, unless the error says ECONNREFUSED; a server that restarts, or a
 * socket that is gone, would cost a whole core.
 */
async function outage(cause: unknown, pause: (ms: number) => Promise<unknown>): Promise<Error> {
  await pause(OUTAGE_PAUSE_MS);
  return Object.assign(new Error('ECONNREFUSED: the database of the queue does not answer', { cause }), {
    code: 'ECONNREFUSED',
  });
}
