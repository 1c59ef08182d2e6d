import { replies } from '@memori/testing';
import { expectThat, type Scenario } from '../scenario';
import type { Asked } from '../world/asked';
import type { World } from '../world/world';

const LATE = 'late';

/**
 * A process stands still with two calls on their way, until its leases and its holds are over: one call is answered
 * meanwhile, the other never. The slots go to others, the reservations are charged; then it goes on as if nothing had been.
 */
export const scenario: Scenario = {
  name: 'late-holder',
  about:
    'SIGSTOP of an API process for longer than its leases and holds (and its claims, without --short), then SIGCONT',
  shortModes: ['postgres'],
  world: { env: { MEMORI_HOLD_TTL_MS: '6000' } },
  async run(world) {
    const answer = world.claude.gate();
    const unanswered = await callFrom(world, 'orders never counted', () => replies.hang());
    const answered = await callFrom(world, 'orders counted meanwhile', () =>
      replies.held(answer.until, replies.sql('SELECT count(*) AS orders FROM orders')),
    );
    const late = [unanswered, answered];
    for (const { question } of late) world.frozen.add(question);
    world.api(0).freeze();
    answer.open();

    const leases = async () => (await world.leases.now(world.sql)).users.filter((user) => user.endsWith(` ${LATE}`));
    await world.until('its leases are over', async () => (await leases()).length === 0);
    await world.until('its holds are over', async () =>
      (await holdsOf(world, late)).every((state) => state === 'expired'),
    );
    const others = await fillSlots(world);
    if (!world.isShort)
      for (const each of late)
        await world.until(`another process answers "${each.question}"`, () => isAnswered(world, each), 90_000);
    world.api(0).thaw();

    await world.until('the call that was never answered is aborted', () =>
      world.claude.requests.some(({ question, state }) => question === unanswered.question && state === 'aborted'),
    );
    await world.until('what it settles late is written', async () =>
      (await holdsOf(world, late)).every((state) => state === 'settled'),
    );
    await world.expectAnswered([...others, ...late]);
    for (const each of late) await expectOneCharge(world, each);
  },
};

/** A question that the first API process runs, and whose first call it has sent. */
async function callFrom(world: World, word: string, reply: () => ReturnType<typeof replies.hang>): Promise<Asked> {
  const question = world.question(word);
  world.claude.when((request) => request.question === question && request.attempt === 1).answers(reply());
  const asked = await world.ask(question, { api: 0, isAsync: true, user: LATE });
  await world.until(`"${question}" is at Claude`, () =>
    world.claude.requests.some((request) => request.question === question),
  );
  return asked;
}

/** Nobody keeps a slot for one who does not come back: others get all of them. */
async function fillSlots(world: World): Promise<readonly Asked[]> {
  const gate = world.claude.gate();
  world.claude.when(/filling/).answers(replies.held(gate.until, replies.sql('SELECT count(*) AS orders FROM orders')));
  const asked: Asked[] = [];
  for (let n = 0; n < world.slots.all; n++)
    asked.push(await world.ask(world.question('filling orders'), { api: 1, isAsync: true, user: `filler-${n % 2}` }));
  const inFlight = () =>
    world.claude.requests.filter(({ question, state }) => /filling/.test(question) && state === 'open').length;
  await world.until('others have every slot', () => inFlight() === world.slots.all);
  gate.open();
  return asked;
}

async function isAnswered(world: World, { id }: Asked): Promise<boolean> {
  const { status } = await world.sql.row<{ status: string }>('SELECT status FROM memori.questions WHERE id = $1', [id]);
  return status === 'answered';
}

/** Of the first call of each. */
async function holdsOf(world: World, questions: readonly Asked[]): Promise<string[]> {
  const rows = await world.sql.rows<{ state: string }>(
    `SELECT DISTINCT ON (a.question_id) h.state FROM memori.holds h JOIN memori.attempts a ON a.id = h.attempt_id
     WHERE a.question_id = ANY ($1) ORDER BY a.question_id, a.prepared_at`,
    [questions.map(({ id }) => id)],
  );
  return rows.map(({ state }) => state);
}

/** The reaper charged the reservation, and what the holder said when he woke up corrected that: one charge in all, flagged. */
async function expectOneCharge(world: World, { id, question }: Asked): Promise<void> {
  const rows = await world.sql.rows<{ entry: string; reasons: string[] }>(
    `SELECT j.entry, j.reasons FROM memori.journal j WHERE j.attempt_id =
       (SELECT a.id FROM memori.attempts a WHERE a.question_id = $1 ORDER BY a.prepared_at LIMIT 1) ORDER BY j.id`,
    [id],
  );
  const [charge, correction] = rows;
  const isSo =
    rows.length === 2 &&
    charge?.entry === 'charge' &&
    charge.reasons.includes('unknown_usage') &&
    correction?.entry === 'correction' &&
    correction.reasons.includes('late_settle');
  expectThat(isSo, `"${question}" left ${JSON.stringify(rows)} in the journal`);
}
