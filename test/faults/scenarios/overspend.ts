import { replies } from '@memori/testing';
import { expectThat, type Scenario } from '../scenario';
import type { Asked } from '../world/asked';
import type { World } from '../world/world';

const FITS = 50;
const USER = 'spender';

/**
 * One user asks 1,000 questions at once, at both API processes, under a limit that admits 50. Claude keeps its answers
 * back until all others were refused: no settlement gives anything back meanwhile, so exactly 50 fit.
 */
export const scenario: Scenario = {
  name: 'overspend',
  about: '1,000 concurrent questions against a limit that admits 50, from both API processes',
  shortModes: ['postgres'],
  world: {
    workers: 0,
    env: {
      MEMORI_MAX_CONCURRENT_REQUESTS: '1000',
      MEMORI_MAX_REQUESTS_PER_USER: '1000',
      MEMORI_CLAUDE_TIMEOUT_MS: '250000',
      MEMORI_HOLD_TTL_MS: '260000',
      MEMORI_SLOT_LEASE_MS: '30000',
    },
  },
  async run(world) {
    const each = await reservationOf(world);
    const limit = FITS * each + Math.floor(each / 2);
    await world.reconfigure({ MEMORI_DAILY_TOKEN_LIMIT: String(limit) });
    world.print(`   each reserves ${each} tokens, the limit is ${limit}`);

    const gate = world.claude.gate();
    const answer = replies.sql('SELECT count(*) AS orders FROM orders');
    world.claude.answers(replies.held(gate.until, answer));
    const before = world.claude.requests.length;
    const count = 1000;
    const asked = Array.from({ length: count }, (_, n) =>
      world.ask(world.question(), {
        api: n % 2,
        user: USER,
        waitSeconds: 120,
        idempotencyKey: `spend-${n}`,
        retries: 20,
      }),
    );
    await world.until('as many are at Claude as fit', () => world.claude.requests.length - before >= FITS, 90_000);
    await Promise.all([world.spawn('worker'), world.spawn('worker')].map(async (worker) => (await worker).ready()));
    await world
      .until('all others are refused', async () => (await refusedOf(world)) >= count - FITS, 200_000)
      .finally(() => gate.open());

    const ended = await Promise.all(asked);
    // A slow machine may take longer than their callers waited.
    for (const each of ended) if (each.status === 202) await world.finish(each);
    expectSplit(ended, world);
  },
};

/** Whether their callers still waited or not. */
async function refusedOf(world: World): Promise<number> {
  const { count } = await world.sql.row<{ count: number }>(
    "SELECT count(*)::int FROM memori.questions WHERE status = 'failed' AND error->>'code' = 'budget-exhausted'",
  );
  return count;
}

/** As the ledger counts it: the same for every question of the same length. */
async function reservationOf(world: World): Promise<number> {
  const probe = await world.ask(world.question(), { user: 'prober' });
  const { tokens } = await world.sql.row<{ tokens: string }>(
    'SELECT h.tokens FROM memori.holds h JOIN memori.attempts a ON a.id = h.attempt_id WHERE a.question_id = $1',
    [probe.id],
  );
  return Number(tokens);
}

function expectSplit(asked: readonly Asked[], world: World): void {
  const answered = asked.filter(({ outcome }) => outcome === 'answered').length;
  const refused = asked.filter(({ outcome }) => outcome === 'budget-exhausted').length;
  const turnedAway = asked.flatMap((each) => each.turnedAway);
  world.print(`   ${answered} answered, ${refused} refused with budget-exhausted, ${turnedAway.length} asked again`);
  const odd = turnedAway.filter((code) => code !== 'queue-full');
  expectThat(odd.length === 0, `a burst is no outage, and some were told ${[...new Set(odd)].join(', ')}`);
  expectThat(answered === FITS, `${answered} were answered, though ${FITS} fit`);
  expectThat(
    refused === asked.length - FITS,
    `${refused} of ${asked.length - FITS} were refused with budget-exhausted`,
  );
}
