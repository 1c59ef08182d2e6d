import { setTimeout as sleep } from 'node:timers/promises';
import { replies } from '@memori/testing';
import { allEvents } from '../../support/events';
import { expectThat, type Scenario } from '../scenario';
import { steadyLoad } from '../world/load';
import { ADMIN_KEY } from '../world/world';

/** A rolling update in the middle of work: what runs ends or goes back to the line, and nothing is stuck. */
export const scenario: Scenario = {
  name: 'sigterm',
  about: 'SIGTERM of an API process with an open stream, and of a worker, under load',
  async run(world) {
    const answer = replies.sql('SELECT count(*) AS orders FROM orders');
    world.claude.answers(() => replies.delay(700, answer));
    // Longer than the grace: it has to be given back to the line.
    const isLong = (request: { question: string; attempt: number }) =>
      /long/.test(request.question) && request.attempt === 1;
    world.claude.when(isLong).answers(replies.hang());
    const long = await world.ask(world.question('long orders'), { api: 0, isAsync: true, user: 'termine' });
    await world.until('the long call is on its way', () => world.claude.requests.some(isLong));
    const stream = await fetch(`${world.api(0).url}/v1/questions/${long.id}/events`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'x-memori-user': 'termine' },
    });
    const events = allEvents(stream);
    const load = steadyLoad(world, { seconds: 6, everyMs: 300 });
    await sleep(1500);

    const startedAt = performance.now();
    const ends = Promise.all([world.api(0).terminate(), world.worker(0).terminate()]);
    await sleep(200);
    const health = await world.api(0).health();
    const exits = await ends;
    const seconds = (performance.now() - startedAt) / 1000;

    expectThat(health === 503 || health === undefined, `readiness said ${health} while stopping`);
    expectThat(
      exits.every(({ code }) => code === 0),
      `exits: ${JSON.stringify(exits)}`,
    );
    expectThat(seconds < 20, `stopping took ${seconds.toFixed(1)} s, with a grace of 5 s`);
    const heard = await events.catch(() => []);
    world.print(
      `   stopped after ${seconds.toFixed(1)} s; the stream heard ${heard.map(({ type }) => type).join(', ') || 'nothing'}`,
    );
    const farewell = heard.at(-1)?.data.reason;
    expectThat(farewell === 'shutting-down', `the last that the stream heard was ${JSON.stringify(heard.at(-1))}`);
    await world.expectAnswered([long, ...(await load)]);
  },
};
