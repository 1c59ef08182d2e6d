import { spawnSync } from 'node:child_process';
import { replies } from '@memori/testing';
import { expectThat, type Scenario } from '../scenario';
import type { Instance } from '../world/instance';
import { steadyLoad } from '../world/load';

interface Told {
  readonly timings: { readonly totalMs: number };
  readonly createdAt: string;
  readonly finishedAt: string;
}

/** By how many seconds the clock of a process is off, to the next ten. */
async function clockOf({ url }: Instance): Promise<number> {
  const { headers } = await fetch(`${url}/health/live`);
  return Math.round((Date.parse(headers.get('date') ?? '') - Date.now()) / 10_000) * 10;
}

/** Five minutes off, each way: whatever expires goes by the clock of the store. */
export const scenario: Scenario = {
  name: 'clock',
  about: 'the clock of one API process is five minutes ahead, that of one worker five minutes behind',
  shortModes: ['postgres'],
  world: { clocks: { api: [300], worker: [-300] } },
  skipReason: () => (spawnSync('faketime', ['--version']).status === 0 ? undefined : 'faketime is not installed'),
  async run(world) {
    const clocks = [await clockOf(world.api(0)), await clockOf(world.worker(0)), await clockOf(world.api(1))];
    expectThat(String(clocks) === '300,-300,0', `the clocks are off by ${String(clocks)} s`);
    const isFirst = (request: { question: string; attempt: number }) =>
      /limited/.test(request.question) && request.attempt === 1;
    world.claude.when(isFirst).answers(replies.rateLimited({ retryAfterSeconds: 1 }));
    const started = performance.now();
    const limited = await Promise.all(
      [0, 1].map((api) => world.ask(world.question('limited orders'), { api, user: `clock-${api}` })),
    );
    await world.expectAnswered([...limited, ...(await steadyLoad(world, { seconds: 4 }))]);
    expectThat(
      limited.every(({ outcome }) => outcome === 'answered'),
      `after 429: ${limited.map(({ outcome }) => outcome).join(', ')}`,
    );
    for (const { body } of limited) {
      const { timings, createdAt, finishedAt } = body as unknown as Told;
      const tookMs = Date.parse(finishedAt) - Date.parse(createdAt);
      expectThat(tookMs >= 1000 && tookMs < 100_000, `from ${createdAt} to ${finishedAt}`);
      expectThat(Math.abs(timings.totalMs - tookMs) < 10, `${timings.totalMs} ms from ${createdAt} to ${finishedAt}`);
    }
    const seconds = (performance.now() - started) / 1000;
    expectThat(seconds < 100, `a wait of seconds took ${seconds.toFixed(0)} s`);
  },
};
