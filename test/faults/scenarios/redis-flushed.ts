import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Scenario } from '../scenario';
import { steadyLoad } from '../world/load';

/** Somebody empties Redis while calls are in flight. */
export const scenario: Scenario = {
  name: 'redis-flushed',
  about: 'FLUSHALL under load, three times',
  modes: ['redis'],
  async run(world) {
    const redis = new Redis(world.redis?.url ?? '', { maxRetriesPerRequest: 1 });
    const load = steadyLoad(world, { seconds: 7, everyMs: 250 });
    for (let round = 0; round < 3; round++) {
      await sleep(1500 + 500 * world.chance());
      await redis.flushall();
    }
    redis.disconnect();
    await world.expectAnswered(await load);
  },
};
