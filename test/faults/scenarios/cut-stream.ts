import { replies } from '@memori/testing';
import { expectThat, type Scenario } from '../scenario';

/** The reply breaks off in the middle: what was streamed is charged, and the question is tried again. */
export const scenario: Scenario = {
  name: 'cut-stream',
  about: 'a stream that is cut after half, by the wire and by an error event; once and every time',
  shortModes: ['postgres'],
  async run(world) {
    const first = (word: RegExp) => (request: { question: string; attempt: number }) =>
      word.test(request.question) && request.attempt === 1;
    world.claude.when(first(/cut once/)).answers(replies.brokenStream({ afterBytes: 1500 }));
    world.claude.when(first(/cut early/)).answers(replies.brokenStream({ afterBytes: 100 }));
    world.claude.when(first(/told once/)).answers(replies.errorEventMidStream({ afterBytes: 1500 }));
    world.claude.when(/cut always/).answers(replies.brokenStream({ afterBytes: 1500 }));
    const words = ['cut once', 'cut early', 'told once'];
    const asked = await Promise.all(
      words.map((word, n) => world.ask(world.question(`orders ${word}`), { user: `cut-${n}` })),
    );
    await world.expectAnswered(asked);
    expectThat(
      asked.every(({ outcome }) => outcome === 'answered'),
      `not all answered: ${asked.map(({ outcome }) => outcome).join(', ')}`,
    );
    const always = await world.ask(world.question('orders cut always'), { user: 'cut-always', isAsync: true });
    await world.finish(always);
    expectThat(always.outcome === 'provider-unavailable', `a stream that is always cut ended as ${always.outcome}`);
  },
};
