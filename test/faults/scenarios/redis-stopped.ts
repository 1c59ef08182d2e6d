import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario';
import { steadyLoad } from '../world/load';

/** Redis dies under load, stays away, and comes back empty. */
export const scenario: Scenario = {
  name: 'redis-stopped',
  about: 'Redis is killed under load, stays away for some seconds and comes back empty',
  modes: ['redis'],
  async run(world) {
    const load = steadyLoad(world, { seconds: world.isShort ? 9 : 25 });
    await sleep(1500);
    await world.redis?.kill();
    await sleep(world.isShort ? 4000 : 15_000);
    await world.redis?.run();
    await world.expectAnswered(await load);
  },
};
