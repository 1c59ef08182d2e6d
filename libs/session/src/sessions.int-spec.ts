import { Client } from 'pg';
import { parseEnv } from '@memori/config';
import { newId, type Principal } from '@memori/scope';
import { Audit } from '@memori/security';
import { type TestDatabase, testDatabase } from '@memori/testing';
import { LiveSessions } from './live-sessions';
import { SessionRepository } from './session.repository';
import type { NewTurn, SessionRecord } from './session.types';
import { Sessions } from './sessions.service';

let db: TestDatabase;
let sessions: Sessions;
let live: LiveSessions;
let superuser: Client;

beforeAll(async () => {
  db = await testDatabase();
  superuser = new Client(db.superuser);
  await superuser.connect();
  await superuser.query(`INSERT INTO memori.tenants (id, name) VALUES ('other', 'other')`);
  ({ sessions, live } = someSessions());
});

afterAll(async () => {
  await superuser.end();
  await db.close();
});

function someSessions(environment: Record<string, string> = {}) {
  const env = parseEnv(environment);
  const live = new LiveSessions(env);
  return {
    live,
    sessions: new Sessions(db.database, new SessionRepository(db.database), live, new Audit(db.database), env),
  };
}

/** A user of his own for each test. */
function aPrincipal(overrides: Partial<Principal> = {}): Principal {
  return { tenantId: 'default', userId: newId(), roles: ['member'], apiKeyId: null, actedBy: null, ...overrides };
}

const said = (content: string, more: Partial<NewTurn> = {}): NewTurn => ({ role: 'user', content, ...more });

async function expire(session: SessionRecord): Promise<void> {
  await superuser.query(`UPDATE memori.sessions SET expires_at = clock_timestamp() - interval '1 s' WHERE id = $1`, [
    session.id,
  ]);
}

const resume = (principal: Principal, ref?: string, on = sessions) =>
  db.database.transaction(principal, (tx) => on.resume(tx, principal, ref, { namespace: 'schema:1' }));

describe('opening', () => {
  it('gives a session with its defaults', async () => {
    const principal = aPrincipal();

    const session = await sessions.open(principal);

    expect(session).toMatchObject({ ...principalScope(principal), namespace: 'default', isolated: false, title: null });
    expect(Date.parse(session.expiresAt) - Date.parse(session.lastActiveAt)).toBeCloseTo(86_400_000, -3);
    expect(await sessions.get(principal, session.id)).toEqual(session);
  });

  it.each(['schema:1', '命名空间', '🚀', 'a:b:c', "x' OR true --", ' spaced '])(
    'takes the namespace %s as it is',
    async (namespace) => {
      const principal = aPrincipal();

      const { id } = await sessions.open(principal, { namespace });

      expect((await sessions.get(principal, id)).namespace).toBe(namespace);
    },
  );

  it.each([
    [{ namespace: '' }, '/namespace'],
    [{ namespace: 'n'.repeat(201) }, '/namespace'],
    [{ title: 'a\0b' }, '/title'],
    [{ externalId: '\ud800' }, '/externalId'],
    [{ ttlSeconds: 0 }, '/ttlSeconds'],
    [{ ttlSeconds: 1.5 }, '/ttlSeconds'],
  ])('refuses what is wrong and points at it', async (input, pointer) => {
    await expect(sessions.open(aPrincipal(), input)).rejects.toMatchObject({
      code: 'invalid-request',
      facts: { errors: [{ pointer }] },
    });
  });

  it('keeps an external id unique for one user, not among users', async () => {
    const principal = aPrincipal();
    await sessions.open(principal, { externalId: 'chat' });

    await expect(sessions.open(principal, { externalId: 'chat' })).rejects.toMatchObject({ kind: 'conflict' });
    await expect(sessions.open(aPrincipal(), { externalId: 'chat' })).resolves.toMatchObject({ externalId: 'chat' });
  });

  it('gives the external id of an expired session to a new one', async () => {
    const principal = aPrincipal();
    await expire(await sessions.open(principal, { externalId: 'chat' }));

    const session = await sessions.open(principal, { externalId: 'chat' });

    expect(await resume(principal, 'ext:chat')).toMatchObject({ id: session.id });
  });

  it('is for members', async () => {
    await expect(sessions.open(aPrincipal({ roles: ['reader'] }))).rejects.toMatchObject({ kind: 'forbidden' });
  });
});

describe('resuming', () => {
  it('opens a session when none is named, in the namespace of the question', async () => {
    expect(await resume(aPrincipal())).toMatchObject({ namespace: 'schema:1', externalId: null });
  });

  it('opens an unknown external id once, whoever comes at the same time', async () => {
    const principal = aPrincipal();

    const opened = await Promise.all(Array.from({ length: 8 }, () => resume(principal, 'ext:与:chat')));

    expect(new Set(opened.map(({ id }) => id)).size).toBe(1);
    expect(opened[0]?.externalId).toBe('与:chat');
  });

  it('slides the expiry and leaves the version', async () => {
    const principal = aPrincipal();
    const session = await sessions.open(principal, { ttlSeconds: 3600 });
    await superuser.query(
      `UPDATE memori.sessions SET expires_at = clock_timestamp() + interval '1 min' WHERE id = $1`,
      [session.id],
    );

    const resumed = await resume(principal, session.id);

    expect(Date.parse(resumed.expiresAt)).toBeGreaterThan(Date.parse(session.createdAt) + 3_500_000);
    expect(resumed.version).toBe(session.version);
  });

  it('answers 410 for an expired session, everywhere but in deleting it', async () => {
    const principal = aPrincipal();
    const session = await sessions.open(principal, { externalId: 'old' });
    await expire(session);

    const gone = { kind: 'gone', code: 'session-expired' };
    await expect(resume(principal, session.id)).rejects.toMatchObject(gone);
    await expect(resume(principal, 'ext:old')).rejects.toMatchObject(gone);
    await expect(sessions.get(principal, session.id)).rejects.toMatchObject(gone);
    await expect(sessions.update(principal, session.id, { title: 'x' })).rejects.toMatchObject(gone);
    await expect(sessions.addTurns(principal, session.id, [said('x')])).rejects.toMatchObject(gone);
    expect((await sessions.list(principal, { limit: 10 })).items).toEqual([]);
    await sessions.delete(principal, session.id);
    await expect(sessions.get(principal, session.id)).rejects.toMatchObject({ kind: 'not-found' });
  });

  it.each([
    ['another user', {}],
    ['another tenant', { tenantId: 'other' }],
  ])('shows nothing to %s', async (_, change) => {
    const owner = aPrincipal();
    const session = await sessions.open(owner, { externalId: 'mine' });
    const stranger = aPrincipal({ ...change, roles: ['administrator'] });

    const missing = { kind: 'not-found' };
    await expect(sessions.get(stranger, session.id)).rejects.toMatchObject(missing);
    await expect(sessions.get(stranger, 'ext:mine')).rejects.toMatchObject(missing);
    await expect(resume(stranger, session.id)).rejects.toMatchObject(missing);
    await expect(sessions.turns(stranger, session.id, { limit: 10 })).rejects.toMatchObject(missing);
    await expect(sessions.addTurns(stranger, session.id, [said('x')])).rejects.toMatchObject(missing);
    await expect(sessions.archive(stranger, session.id)).rejects.toMatchObject(missing);
    await expect(sessions.delete(stranger, session.id)).rejects.toMatchObject(missing);
    expect((await sessions.list(stranger, { limit: 10 })).items).toEqual([]);
    expect(await sessions.recentTurns({ ...session, ...principalScope(stranger) }, 5)).toEqual([]);
  });

  it('takes a text that is neither an id nor ext:… for an unknown session', async () => {
    await expect(resume(aPrincipal(), 'nonsense')).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('is held by row level security even where a WHERE is forgotten', async () => {
    const owner = aPrincipal();
    const { id } = await sessions.open(owner);
    await sessions.addTurns(owner, id, [said('secret')]);

    const seen = (scope: { tenantId: string; userId: string }) =>
      db.database.query<{ content: string }>(scope, 'SELECT content FROM memori.turns WHERE session_id = $1', [id]);

    expect(await seen(aPrincipal())).toEqual([]);
    expect(await seen({ ...owner, tenantId: 'other' })).toEqual([]);
    expect(await seen(owner)).toEqual([{ content: 'secret' }]);
  });
});

describe('changing', () => {
  it('changes title and life, null gives the default back', async () => {
    const principal = aPrincipal();
    const { id, version } = await sessions.open(principal, { title: 'first' });

    const changed = await sessions.update(principal, id, { ttlSeconds: 60 });
    expect(changed).toMatchObject({ title: 'first', ttlSeconds: 60 });
    expect(changed.version).toBeGreaterThan(version);
    expect(await sessions.update(principal, id, { title: null, ttlSeconds: null })).toMatchObject({
      title: null,
      ttlSeconds: 86_400,
    });
  });

  it('refuses turns while it is archived', async () => {
    const principal = aPrincipal();
    const { id } = await sessions.open(principal);

    expect((await sessions.archive(principal, id)).archivedAt).not.toBeNull();
    await expect(resume(principal, id)).rejects.toMatchObject({ kind: 'conflict' });
    await expect(sessions.addTurns(principal, id, [said('x')])).rejects.toMatchObject({ kind: 'conflict' });
    expect((await sessions.restore(principal, id)).archivedAt).toBeNull();
    await expect(sessions.addTurns(principal, id, [said('x')])).resolves.toHaveLength(1);
  });

  it('lists the newest first, page by page', async () => {
    const principal = aPrincipal();
    for (const title of ['a', 'b', 'c']) await sessions.open(principal, { title });

    const first = await sessions.list(principal, { limit: 2 });
    const second = await sessions.list(principal, { limit: 2, cursor: first.nextCursor ?? '' });

    expect([...first.items, ...second.items].map(({ title }) => title)).toEqual(['c', 'b', 'a']);
    expect(second.nextCursor).toBeNull();
    await expect(sessions.list(principal, { limit: 2, cursor: 'x' })).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('leaves an audit row for each change, with no text in it', async () => {
    const principal = aPrincipal();
    const { id } = await sessions.open(principal, { title: 'secret' });
    await sessions.addTurns(principal, id, [said('secret')]);
    await sessions.delete(principal, id);

    const { rows } = await superuser.query('SELECT * FROM memori.audit_log WHERE user_id = $1 ORDER BY id', [
      principal.userId,
    ]);
    expect(rows.map(({ action }) => action)).toEqual(['session.open', 'session.turns', 'session.delete']);
    expect(JSON.stringify(rows)).not.toContain('secret');
  });
});

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
    const cold = () => someSessions().sessions;
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
    const few = someSessions({ MEMORI_SESSION_CACHE_SIZE: '2' });
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

function principalScope({ tenantId, userId }: Principal) {
  return { tenantId, userId };
}
