import { replies } from '@memori/testing';
import type { Scenario } from '../scenario';
import { steadyLoad } from '../world/load';

/** Nothing but 529 for a while: questions wait, none is lost, and none costs anything that was not answered. */
export const scenario: Scenario = {
  name: 'overload-storm',
  about: '529 for every call, for a minute (10 s with --short)',
  shortModes: ['postgres'],
  async run(world) {
    const seconds = world.isShort ? 10 : 60;
    const until = performance.now() + seconds * 1000;
    const answer = replies.sql('SELECT count(*) AS orders FROM orders');
    world.claude.answers(() => (performance.now() < until ? replies.overloaded() : answer));
    const before = world.claude.requests.length;
    const asked = await steadyLoad(world, { seconds: seconds / 2, everyMs: seconds * 40, users: 5 });
    await world.expectAnswered(asked);
    const calls = world.claude.requests.length - before;
    world.print(`   ${asked.length} questions, ${calls} calls, ${calls - asked.length} of them into the storm`);
  },
};
