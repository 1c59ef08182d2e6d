import { newId } from '@memori/scope';
import { replies } from '@memori/testing';
import { ADMIN, questionWorld, type QuestionWorld } from '../../../../test/support/question-world';
import { hasEnded } from './answer';
import { ClaimKeeper } from './claim-keeper';
import { QuestionDispatcher } from './question-dispatcher';
import { QuestionSweeper } from './question-sweeper';

jest.setTimeout(20_000);

let world: QuestionWorld;

beforeAll(async () => {
  world = await questionWorld({
    env: { MEMORI_MAX_CONCURRENT_REQUESTS: '1', MEMORI_QUEUE_MAX_WAITING: '5', MEMORI_MAX_ATTEMPTS: '2' },
  });
}, 30_000);
afterAll(() => world?.close());
beforeEach(async () => {
  await world.claude.idle();
  world.claude.reset();
});

const ONE = 'SELECT 1 AS one FROM customers LIMIT 1';
const TWO = 'SELECT 2 AS two FROM customers LIMIT 1';

function ended(id: string, principal = ADMIN, waitMs = 20_000) {
  return world.main.questions.get(principal, id, waitMs);
}

describe('a claim', () => {
  it('that expired is taken by another process, and the first one cannot write any more', async () => {
    const gate = world.claude.holdNext(ONE);
    const slow = await world.start({ MEMORI_ROLE: 'api', MEMORI_MAX_CONCURRENT_REQUESTS: '2' });
    const asked = slow.questions.ask(ADMIN, { question: 'Whose answer?' }, { waitMs: 20_000 });
    await world.claude.received(1);
    world.claude.next(TWO);
    const [{ id = '' } = {}] = await world.sql<{ id: string }>(
      "SELECT id FROM memori.questions WHERE question = 'Whose answer?'",
    );
    // The lease of its slot goes as its process would: with it.
    await world.sql('DELETE FROM memori.leases').catch(() => undefined);
    await world.sql("UPDATE memori.questions SET claim_expires_at = now() - interval '1 s' WHERE id = $1", [id]);

    const other = await world.start({ MEMORI_ROLE: 'worker', MEMORI_MAX_CONCURRENT_REQUESTS: '2' });
    await other.app.get(QuestionSweeper).sweep();
    const { rows } = await other.questions.get(ADMIN, id, 20_000);
    gate.open();

    expect(rows).toEqual(['[2]']);
    expect((await asked).rows).toEqual(['[2]']);
    expect(await world.sql('SELECT 1 FROM memori.turns WHERE question_id = $1', [id])).toHaveLength(2);
  });

  it('stops its run when renewing finds that it is gone', async () => {
    world.claude.next(replies.hang());
    const asked = world.ask('Gone?', {}, { waitMs: 0 });
    await world.claude.received(1);
    const { answer } = await asked;

    await world.sql("UPDATE memori.questions SET fence = fence + 1000, status = 'failed' WHERE id = $1", [answer.id]);
    await world.get(ClaimKeeper).renew();
    await world.claude.idle();

    expect(world.claude.requests.at(-1)?.state).toBe('aborted');
  });

  it('lost three times ends the question instead of taking one process after the other down', async () => {
    const id = await insertRunning({ lostClaims: 2 });

    await world.get(QuestionSweeper).sweep();

    expect((await ended(id)).answer).toMatchObject({ status: 'failed', error: { code: 'internal' } });
  });

  it('is given back when the process shuts down, and another goes on', async () => {
    const leaving = await world.start({ MEMORI_ROLE: 'api', MEMORI_SHUTDOWN_GRACE_SECONDS: '0' });
    world.claude.next(replies.hang());
    const asked = leaving.questions.ask(ADMIN, { question: 'Moving house?' }, { waitMs: 20_000 });
    await world.claude.received(1);
    world.claude.next(TWO);

    await leaving.close();
    const { answer } = await asked;

    expect(hasEnded(answer.status)).toBe(false);
    expect((await ended(answer.id)).rows).toEqual(['[2]']);
  });
});

describe('a process that shuts down', () => {
  it('finishes what runs within its grace, and takes nothing new', async () => {
    const leaving = await world.start({ MEMORI_ROLE: 'api' });
    const gate = world.claude.holdNext(ONE);
    const asked = leaving.questions.ask(ADMIN, { question: 'Last one?' }, { waitMs: 20_000 });
    await world.claude.received(1);

    const closing = leaving.close();
    while (!leaving.app.get(QuestionDispatcher).isShuttingDown) await new Promise((resolve) => setImmediate(resolve));
    const late = leaving.questions.ask(ADMIN, { question: 'Too late?' }, { waitMs: 20_000 });
    await expect(late).rejects.toMatchObject({ code: 'shutting-down' });
    gate.open();

    expect((await asked).rows).toEqual(['[1]']);
    await closing;
  });
});

/** A question whose process died a moment ago. */
async function insertRunning({ lostClaims }: { lostClaims: number }): Promise<string> {
  const id = newId();
  await world.sql(
    `INSERT INTO memori.questions (id, tenant_id, user_id, roles, session_id, data_source_id, question, input, status, fence, claim_expires_at, lost_claims)
     SELECT $1, 'default', 'admin', '{administrator}', s.id, $2, 'Poison?', '{}', 'running', 1, now() - interval '1 s', $3
     FROM memori.sessions s WHERE s.user_id = 'admin' LIMIT 1`,
    [id, world.dataSource.id, lostClaims],
  );
  return id;
}
