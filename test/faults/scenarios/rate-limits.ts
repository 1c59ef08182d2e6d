import { replies } from '@memori/testing';
import { expectThat, type Scenario } from '../scenario';

/** 429 with a time, with a long time, and with none: the last is the account's spending cap, which no waiting mends. */
export const scenario: Scenario = {
  name: 'rate-limits',
  about: '429 with retry-after 1 s, 30 s and none',
  shortModes: ['postgres'],
  async run(world) {
    const once = (word: string, seconds: number) =>
      world.claude
        .when((request) => request.question.includes(word) && request.attempt === 1)
        .answers(replies.rateLimited({ retryAfterSeconds: seconds }));
    world.claude.when(/capped/).answers(replies.spendLimit());
    once('brief', 1);
    once('patient', 30);

    const capped = await world.ask(world.question('capped orders'));
    expectThat(capped.outcome === 'provider-spend-limit', `a spending cap was answered with ${capped.outcome}`);

    const startedAt = performance.now();
    const patient = await world.ask(world.question('patient orders'), { isAsync: true, model: 'claude-opus-5-5' });
    const brief = await world.ask(world.question('brief orders'), { user: 'carl' });
    const briefMs = performance.now() - startedAt;
    expectThat(brief.outcome === 'answered', `after 429 with 1 s: ${brief.outcome}`);
    expectThat(briefMs >= 1000, `asked again after ${briefMs} ms, though Claude said 1 s`);

    await world.finish(patient);
    const patientMs = performance.now() - startedAt;
    expectThat(patient.outcome === 'answered', `after 429 with 30 s: ${patient.outcome}`);
    expectThat(patientMs >= 30_000, `asked again after ${patientMs} ms, though Claude said 30 s`);
    expectThat(briefMs < 30_000, `a pause of one model held another back: ${briefMs} ms`);
    const asked = world.claude.requests.filter(({ question }) => question.includes('capped')).length;
    expectThat(asked === 1, `a spending cap was asked ${asked} times`);
  },
};
