import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario';
import { steadyLoad } from '../world/load';

/** The wire to Redis takes seconds, then breaks. */
export const scenario: Scenario = {
  name: 'redis-slow',
  about: 'every word to and from Redis takes 1.5 s, then all its connections break',
  modes: ['redis'],
  async run(world) {
    const load = steadyLoad(world, { seconds: world.isShort ? 8 : 20 });
    await sleep(1000);
    if (world.redisWire) world.redisWire.delayMs = 1500;
    await sleep(world.isShort ? 4000 : 12_000);
    if (world.redisWire) world.redisWire.delayMs = 0;
    world.redisWire?.cut();
    await world.expectAnswered(await load);
  },
};
