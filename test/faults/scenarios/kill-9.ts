import { replies } from '@memori/testing';
import { expectThat, type Scenario } from '../scenario';
import type { Asked } from '../world/asked';
import type { Gate } from '../world/gates';
import type { World } from '../world/world';

/** Where the process is when it dies, and what becomes of the hold that it leaves behind. */
const STAGES = [
  // Written as sent in the commit of its reservation: nobody can tell that the socket was never written.
  { stage: 'reserved', hold: 'expired', flags: ['unknown_usage'] },
  { stage: 'hanging', hold: 'expired', flags: ['unknown_usage'] },
  { stage: 'streaming', hold: 'expired', flags: [] },
  { stage: 'settling', hold: 'expired', flags: ['unknown_usage'] },
] as const;
type Stage = (typeof STAGES)[number]['stage'];

interface Held {
  readonly asked: Asked;
  readonly stage: Stage;
  reached(): Promise<void>;
  afterDeath(): Promise<void>;
}

/** Four questions stand still at four points of their call, and the process that runs them is killed. */
export const scenario: Scenario = {
  name: 'kill-9',
  about: 'kill -9 of an API process and of workers: after the reservation, unanswered, mid-stream, before the settle',
  shortModes: ['postgres'],
  // A world of its own: after the faults of others the pace lets too few calls out at once.
  world: {},
  async run(world) {
    const atApi: Held[] = [];
    for (const { stage } of STAGES) atApi.push(await holdAtApi(world, stage));
    for (const held of atApi) await held.reached();
    await world.api(0).kill();
    for (const held of atApi) await held.afterDeath();

    const busy = await fillSlots(world);
    const atWorker: Held[] = [];
    for (const { stage } of STAGES) atWorker.push(await holdAtWorker(world, stage));
    busy.answer();
    for (const held of atWorker) await held.reached();
    const runners = await Promise.all(atWorker.map(({ asked }) => world.runnerOf(asked.question)));
    for (const worker of new Set(runners)) await worker.kill();
    for (const held of atWorker) await held.afterDeath();
    await world.heal();

    await world.expectAnswered([...atApi, ...atWorker].map(({ asked }) => asked));
    for (const held of [...atApi, ...atWorker]) await expectHoldEnded(world, held);
  },
};

/** Run by the API process that it was asked at. */
async function holdAtApi(world: World, stage: Stage): Promise<Held> {
  const question = world.question(`orders ${stage} at the api`);
  const held = await holdAt(world, question, stage, 1);
  const asked = await world.ask(question, { api: 0, isAsync: true, user: `api-${stage}` });
  return { asked, stage, ...held };
}

/** Takes every slot, so that whatever is asked now joins the line, from where only workers take it. */
async function fillSlots(world: World): Promise<{ answer(): void }> {
  const gate = world.claude.gate();
  world.claude.when(/busy/).answers(replies.held(gate.until, replies.sql('SELECT count(*) AS orders FROM orders')));
  const inFlight = () =>
    world.claude.requests.filter(({ question, state }) => /busy/.test(question) && state === 'open');
  for (let n = 0; n < world.slots.all; n++)
    await world.ask(world.question('busy orders'), { api: 1, isAsync: true, user: `busy-${n % 3}` });
  await world.until('every slot is taken', () => inFlight().length === world.slots.all);
  return { answer: () => gate.open() };
}

async function holdAtWorker(world: World, stage: Stage): Promise<Held> {
  const question = world.question(`orders ${stage} at the worker`);
  const held = await holdAt(world, question, stage, 1);
  const asked = await world.ask(question, { api: 1, isAsync: true, user: `worker-${stage}` });
  const row = () => world.sql.row<{ status: string }>('SELECT status FROM memori.questions WHERE id = $1', [asked.id]);
  await world.until(`"${question}" waits`, async () => (await row()).status === 'queued');
  return { asked, stage, ...held };
}

async function holdAt(world: World, question: string, stage: Stage, attempt: number) {
  const isIt = (request: { question: string; attempt: number }) =>
    request.question === question && request.attempt === attempt;
  const comesTo = (state: string) =>
    world.until(`"${question}" is ${state} at Claude`, async () => {
      const rows = await world.sql.rows<{ state: string }>(
        'SELECT a.state FROM memori.attempts a JOIN memori.questions q ON q.id::text = a.question_id WHERE q.question = $1',
        [question],
      );
      return rows.some((row) => row.state === state) && world.claude.requests.some(isIt);
    });
  const nothing = async () => undefined;
  switch (stage) {
    case 'reserved': {
      const gate = await world.gates.beforeSent(question);
      return { reached: gate.reached, afterDeath: gate.openAfterDeath };
    }
    case 'hanging':
      world.claude.when(isIt).answers(replies.hang());
      return { reached: () => comesTo('sent'), afterDeath: nothing };
    case 'streaming':
      world.claude.when(isIt).answers(replies.stalledStream({ afterBytes: 1200 }));
      return { reached: () => comesTo('streaming'), afterDeath: nothing };
    case 'settling': {
      const answer = world.claude.gate();
      let gate: Gate | undefined;
      world.claude.when(isIt).answers(replies.held(answer.until, replies.sql('SELECT count(*) AS orders FROM orders')));
      const reached = async () => {
        await comesTo('sent');
        gate = await world.gates.beforeSettled(question);
        answer.open();
        await gate.reached();
      };
      return { reached, afterDeath: async () => gate?.openAfterDeath() };
    }
  }
}

async function expectHoldEnded(world: World, { asked, stage }: Held): Promise<void> {
  const wanted = STAGES.find((each) => each.stage === stage);
  const rows = await world.sql.rows<{ hold: string; flags: string[]; outcome: string }>(
    `SELECT h.state AS hold, a.outcome, coalesce((SELECT reasons FROM memori.journal j WHERE j.attempt_id = a.id AND j.entry = 'charge'), '{}') AS flags
     FROM memori.attempts a JOIN memori.holds h ON h.attempt_id = a.id
     WHERE a.question_id = $1 AND a.outcome <> 'answered' ORDER BY a.prepared_at`,
    [asked.id],
  );
  const [broken] = rows;
  const isAsWanted = broken?.hold === wanted?.hold && String(broken?.flags) === String(wanted?.flags);
  expectThat(
    rows.length === 1 && isAsWanted,
    `"${asked.question}" left ${JSON.stringify(rows)}, not ${JSON.stringify(wanted)}`,
  );
}
