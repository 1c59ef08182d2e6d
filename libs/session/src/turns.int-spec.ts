import { Client } from 'pg';
import type { Principal } from '@memori/scope';
import { type TestDatabase, testDatabase } from '@memori/testing';
import type { LiveSessions } from './live-sessions';
import { aPrincipal, aSessionProcess, said } from './session.fixture';
import type { Sessions } from './sessions.service';

let db: TestDatabase;
let sessions: Sessions;
let live: LiveSessions;
let superuser: Client;

beforeAll(async () => {
  db = await testDatabase();
  superuser = new Client(db.superuser);
  await superuser.connect();
  ({ sessions, live } = aSessionProcess(db.database));
});

afterAll(async () => {
  await superuser.end();
  await db.close();
});

const resume = (principal: Principal, ref?: string, on = sessions) =>
  db.database.transaction(principal, (tx) => on.resume(tx, principal, ref, { namespace: 'schema:1' }));

describe('turns', () => {
  it('stand in the order in which they were sent, page by page', async () => {
    const principal = aPrincipal();
    const { id } = await sessions.open(principal);
    await sessions.addTurns(principal, id, [said('1'), said('2', { role: 'assistant', name: 'Ada' })]);
    await sessions.addTurns(principal, id, [said('3', { occurredAt: '2024-02-29T13:00:00+02:00' })]);

    const first = await sessions.turns(principal, id, { limit: 2 });
    const second = await sessions.turns(principal, id, { limit: 2, cursor: first.nextCursor ?? '' });

    const turns = [...first.items, ...second.items];
    expect(turns.map(({ seq, content }) => [seq, content])).toEqual([
      [1, '1'],
      [2, '2'],
      [3, '3'],
    ]);
    expect(turns[1]).toMatchObject({ role: 'assistant', name: 'Ada' });
    expect(turns[2]).toMatchObject({ occurredAt: '2024-02-29T11:00:00.000Z' });
  });

  it('are written once for each external id, in one batch and over several', async () => {
    const principal = aPrincipal();
    const { id } = await sessions.open(principal);

    const first = await sessions.addTurns(principal, id, [
      said('a', { externalId: '1' }),
      said('b'),
      said('c', { externalId: '1' }),
    ]);
    const again = await sessions.addTurns(principal, id, [
      said('d', { externalId: '2' }),
      said('a', { externalId: '1' }),
    ]);

    expect(first.map(({ externalId, created }) => [externalId, created])).toEqual([
      ['1', true],
      [null, true],
      ['1', false],
    ]);
    expect(first[2]?.id).toBe(first[0]?.id);
    expect(again.map(({ created }) => created)).toEqual([true, false]);
    expect(again[1]?.id).toBe(first[0]?.id);
    const { items } = await sessions.turns(principal, id, { limit: 10 });
    expect(items.map(({ seq, content }) => [seq, content])).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'd'],
    ]);
  });

  it('of eight writers at once leave no duplicate and no gap', async () => {
    const principal = aPrincipal();
    const batch = Array.from({ length: 50 }, (_, number) => said(`turn ${number}`, { externalId: String(number) }));

    await Promise.all(Array.from({ length: 8 }, () => sessions.addTurns(principal, 'ext:busy', batch)));

    const { items } = await sessions.turns(principal, 'ext:busy', { limit: 200 });
    expect(items.map(({ seq }) => seq)).toEqual(batch.map((_, index) => index + 1));
  });

  it('come a thousand at a time', async () => {
    const principal = aPrincipal();
    const batch = Array.from({ length: 1000 }, (_, number) => said(`customer ${number} 活跃客户`));

    expect(await sessions.addTurns(principal, 'ext:bulk', batch)).toHaveLength(1000);
    await expect(sessions.addTurns(principal, 'ext:bulk', [...batch, said('x')])).rejects.toMatchObject({
      kind: 'invalid',
    });
  });

  it.each([
    ['', 'content'],
    ['a\0b', 'content'],
    ['\udc00', 'content'],
    ['x'.repeat(200_001), 'content'],
  ])('are all refused when one is wrong', async (content, field) => {
    const principal = aPrincipal();
    const { id } = await sessions.open(principal);

    await expect(sessions.addTurns(principal, id, [said('good'), said(content)])).rejects.toMatchObject({
      code: 'invalid-request',
      facts: { errors: [{ pointer: `/1/${field}` }] },
    });
    await expect(sessions.addTurns(principal, id, [said(content)], { single: true })).rejects.toMatchObject({
      facts: { errors: [{ pointer: `/${field}` }] },
    });
    expect((await sessions.turns(principal, id, { limit: 10 })).items).toEqual([]);
  });

  it('keep 200,000 characters byte for byte', async () => {
    const principal = aPrincipal();
    const content = '😀活'.repeat(100_000);

    await sessions.addTurns(principal, 'ext:long', [said(content)]);

    const { items } = await sessions.turns(principal, 'ext:long', { limit: 1 });
    expect(items[0]?.content === content).toBe(true);
  });

  it('go with their session', async () => {
    const principal = aPrincipal();
    const { id } = await sessions.open(principal);
    await sessions.addTurns(principal, id, [said('x')]);

    await sessions.delete(principal, id);

    const { rows } = await superuser.query('SELECT FROM memori.turns WHERE session_id = $1', [id]);
    expect(rows).toEqual([]);
  });
});

describe('live sessions', () => {
  it('answer without a query while nothing changed, and like a cold process once something did', async () => {
    const principal = aPrincipal();
    const { id } = await sessions.open(principal);
    const cold = () => aSessionProcess(db.database).sessions;
    await sessions.addTurns(principal, id, [said('1'), said('2')]);
    const warm = await resume(principal, id);
    await sessions.recentTurns(warm, 5);

    const before = db.database.counters.roundTrips;
    const kept = await sessions.recentTurns(warm, 5);
    expect(db.database.counters.roundTrips).toBe(before);
    expect(kept).toEqual(await cold().recentTurns(warm, 5));

    // Another process writes.
    await cold().addTurns(principal, id, [said('3')]);
    const resumed = await resume(principal, id);
    expect((await sessions.recentTurns(resumed, 2)).map(({ content }) => content)).toEqual(['2', '3']);
    expect(await sessions.recentTurns(resumed, 5)).toEqual(await cold().recentTurns(resumed, 5));
  });

  it('read more turns than they keep from the table', async () => {
    const principal = aPrincipal();
    await sessions.addTurns(
      principal,
      'ext:many',
      Array.from({ length: 100 }, (_, number) => said(String(number))),
    );
    const session = await resume(principal, 'ext:many');
    await sessions.recentTurns(session, 3);

    const turns = await sessions.recentTurns(session, 60);

    expect(turns.map(({ content }) => content)).toEqual(Array.from({ length: 60 }, (_, number) => String(40 + number)));
  });

  it('are at most as many as configured', async () => {
    const few = aSessionProcess(db.database, { MEMORI_SESSION_CACHE_SIZE: '2' });
    const principal = aPrincipal();
    for (const name of ['a', 'b', 'c']) {
      const session = await resume(principal, `ext:${name}`, few.sessions);
      await few.sessions.recentTurns(session, 5);
    }

    expect(few.live.size).toBe(2);
  });

  it('are gone with the session', async () => {
    const principal = aPrincipal();
    const { id } = await sessions.open(principal);
    await sessions.addTurns(principal, id, [said('secret')]);
    const session = await resume(principal, id);
    await sessions.recentTurns(session, 5);

    await sessions.delete(principal, id);

    expect(await sessions.recentTurns(session, 5)).toEqual([]);
    expect(live.find(session, 5)).toBeUndefined();
  });
});

describe('a transaction of the caller', () => {
  it('resumes in one round trip and records the turns of an answer in one', async () => {
    const principal = aPrincipal();

    await db.database.transaction(principal, async (tx) => {
      const before = db.database.counters.roundTrips;
      const session = await sessions.resume(tx, principal, 'ext:x', { namespace: 'schema:1' });
      await sessions.recordTurns(tx, session, [
        said('how many?'),
        said('five', { role: 'assistant', sql: 'SELECT 5' }),
      ]);
      // BEGIN was counted before; the first statement follows it down the wire.
      expect(db.database.counters.roundTrips - before).toBe(1);
    });

    const { items } = await sessions.turns(principal, 'ext:x', { limit: 5 });
    expect(items[1]).toMatchObject({ sql: 'SELECT 5', role: 'assistant' });
  });

  it('that rolls back leaves no turn', async () => {
    const principal = aPrincipal();
    const session = await sessions.open(principal);

    const failing = db.database.transaction(principal, async (tx) => {
      await sessions.recordTurn(tx, session, said('lost'));
      throw new Error('later');
    });

    await expect(failing).rejects.toThrow('later');
    expect((await sessions.turns(principal, session.id, { limit: 5 })).items).toEqual([]);
  });
});
