import { replies } from '@memori/testing';
import { expectThat, type Scenario } from '../scenario';

/** Claude takes a request and never says a word. */
export const scenario: Scenario = {
  name: 'hang',
  about: 'a call that is never answered, once and every time, beside others that are',
  shortModes: ['postgres'],
  world: { env: { MEMORI_CLAUDE_TIMEOUT_MS: '3000' } },
  async run(world) {
    world.claude
      .when((request) => /hangs once/.test(request.question) && request.attempt === 1)
      .answers(replies.hang());
    world.claude.when(/hangs always/).answers(replies.hang());
    const once = await world.ask(world.question('orders hangs once'), { isAsync: true, user: 'hanna' });
    const always = world.isShort
      ? []
      : [await world.ask(world.question('orders hangs always'), { isAsync: true, user: 'hugo' })];
    const others = await Promise.all([0, 1, 2].map((n) => world.ask(world.question(), { user: `other-${n}` })));
    expectThat(
      others.every(({ outcome }) => outcome === 'answered'),
      'a hanging call held others up',
    );
    await world.expectAnswered([once, ...others]);
    for (const each of always) {
      await world.finish(each, 120_000);
      expectThat(each.outcome === 'provider-unavailable', `a call that always hangs ended as ${each.outcome}`);
    }
  },
};
