import { Client } from 'pg';
import type { Principal } from '@memori/scope';
import { type TestDatabase, testDatabase } from '@memori/testing';
import { aPrincipal, ENTITIES, MemoryProcess, said } from './memory.fixture';

const BATCH = 20;
const transcript = Array.from({ length: 100 }, (_, at) =>
  said(`Note ${at}: the ${['lamp', 'desk', 'chair', 'shelf'][at % 4]} of room ${at % 7} costs ${at * 3} euros`, {
    externalId: `t${at}`,
    occurredAt: new Date(Date.UTC(2025, 0, 1 + (at % 28))).toISOString(),
  }),
);
const batches = Array.from({ length: transcript.length / BATCH }, (_, at) =>
  transcript.slice(at * BATCH, (at + 1) * BATCH),
);

describe('a transcript whose ingestion was cut off', () => {
  let db: TestDatabase;
  let superuser: Client;

  beforeAll(async () => {
    db = await testDatabase({ entities: ENTITIES });
    superuser = new Client(db.superuser);
    await superuser.connect();
  });

  afterAll(async () => {
    await superuser.end();
    await db.close();
  });

  const send = async (principal: Principal, sessionId: string, from = 0) => {
    const { sessions } = new MemoryProcess(db.database);
    for (const batch of batches.slice(from)) await sessions.addTurns(principal, sessionId, batch);
  };

  /** The third batch waits for the session, and there its connection is lost. */
  const sendCutOff = async (principal: Principal, sessionId: string) => {
    const { sessions } = new MemoryProcess(db.database);
    for (const batch of batches.slice(0, 2)) await sessions.addTurns(principal, sessionId, batch);
    await superuser.query('BEGIN');
    await superuser.query('SELECT FROM memori.sessions WHERE id = $1 FOR UPDATE', [sessionId]);
    const third = sessions.addTurns(principal, sessionId, batches[2] ?? []).then(
      () => 'written',
      () => 'lost',
    );
    let ended = 0;
    while (ended === 0) {
      const { rowCount } = await superuser.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()`,
      );
      ended = rowCount ?? 0;
    }
    await superuser.query('ROLLBACK');
    return third;
  };

  const seen = async (principal: Principal, sessionId: string) => {
    const { sessions, memories } = new MemoryProcess(db.database);
    const { items } = await sessions.turns(principal, sessionId, { limit: 200 });
    const found = await Promise.all(
      ['lamp of room 3', 'chair costs 30 euros', 'shelf'].map((query) =>
        memories.search(principal, { query, limit: 50, explain: true }),
      ),
    );
    return {
      turns: items.map(({ seq, content, externalId, occurredAt }) => ({ seq, content, externalId, occurredAt })),
      found: found.map((list) => list.map(({ externalId, score, signals }) => ({ externalId, score, signals }))),
    };
  };

  it('is after a replay as if nothing had happened', async () => {
    const [calm, disturbed] = [aPrincipal(), aPrincipal()];
    const [here, there] = await Promise.all(
      [calm, disturbed].map((principal) => new MemoryProcess(db.database).sessions.open(principal)),
    );
    const [calmId, disturbedId] = [here?.id ?? '', there?.id ?? ''];
    await send(calm, calmId);

    expect(await sendCutOff(disturbed, disturbedId)).toBe('lost');
    expect((await seen(disturbed, disturbedId)).turns).toHaveLength(2 * BATCH);
    await send(disturbed, disturbedId);

    expect(await seen(disturbed, disturbedId)).toEqual(await seen(calm, calmId));
    expect((await seen(calm, calmId)).found.every((list) => list.length > 10)).toBe(true);
  });

  it('is there once when eight writers send it at once, twice', async () => {
    const principal = aPrincipal();
    const { id } = await new MemoryProcess(db.database).sessions.open(principal);

    for (const round of [1, 2]) {
      await Promise.all(Array.from({ length: 8 }, () => send(principal, id)));
      const { turns } = await seen(principal, id);
      expect([round, turns.map(({ externalId }) => externalId).sort()]).toEqual([
        round,
        transcript.map(({ externalId }) => externalId).sort(),
      ]);
      expect(turns.map(({ seq }) => seq)).toEqual(transcript.map((_, at) => at + 1));
    }
  });
});
