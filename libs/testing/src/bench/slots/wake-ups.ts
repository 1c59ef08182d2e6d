import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { percentile } from '../percentiles';
import { openSlots, type SlotPlace } from './open-slots';

const WAITER = join(__dirname, 'waiter.cli.js');
const HOLDER = { tenantId: 'default', userId: 'holder' };

export interface WakeUps {
  readonly rounds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * From the moment at which one process begins to give the only slot back until another process holds it. Both read the
 * monotonic clock of the machine, which is one for all processes.
 */
export async function measureWakeUps(place: SlotPlace, rounds: number): Promise<WakeUps> {
  const child = fork(WAITER, [JSON.stringify(place)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const { slots, close } = await openSlots(place, { MEMORI_MAX_CONCURRENT_REQUESTS: '1' });
  try {
    await answerOf(child, 'isReady');
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) times.push(await oneRound());
    return { rounds, p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) };
  } finally {
    const ended = once(child, 'exit');
    if (child.connected) child.disconnect();
    await ended;
    await close();
  }

  async function oneRound(): Promise<number> {
    // The other process says that it has the slot, and then gives it back.
    let lease = await slots.acquire(HOLDER);
    for (let asked = 1; !lease && asked < 1000; asked++) lease = await slots.acquire(HOLDER);
    if (!lease) throw new Error('The slot of the round before was not given back.');
    const waits = answerOf(child, 'isWaiting');
    child.send('wait');
    await waits;
    const got = answerOf(child, 'gotAt');
    const freedAt = process.hrtime.bigint();
    await lease.release();
    return Number(BigInt((await got) as string) - freedAt) / 1e6;
  }
}

async function answerOf(child: ChildProcess, name: string): Promise<unknown> {
  for (;;) {
    const [message] = (await once(child, 'message')) as [Record<string, unknown>];
    if (name in message) return message[name];
  }
}
