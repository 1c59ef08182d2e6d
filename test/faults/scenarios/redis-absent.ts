import type { Scenario } from '../scenario';
import { steadyLoad } from '../world/load';

/** The processes are faster than Redis: they live, say why they are not ready, and then are as good as any. */
export const scenario: Scenario = {
  name: 'redis-absent',
  about: 'Redis is not there when the processes start, and comes when all of them said so',
  modes: ['redis'],
  world: { withRedisAtStart: false },
  async run(world) {
    await world.expectAnswered(await steadyLoad(world, { seconds: 3 }));
  },
};
