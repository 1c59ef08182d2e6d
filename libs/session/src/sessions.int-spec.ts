import { Client } from 'pg';
import type { Principal } from '@memori/scope';
import { type TestDatabase, testDatabase } from '@memori/testing';
import { aPrincipal, aSessionProcess, said } from './session.fixture';
import type { SessionRecord } from './session.types';
import type { Sessions } from './sessions.service';

let db: TestDatabase;
let sessions: Sessions;
let superuser: Client;

beforeAll(async () => {
  db = await testDatabase();
  superuser = new Client(db.superuser);
  await superuser.connect();
  await superuser.query(`INSERT INTO memori.tenants (id, name) VALUES ('other', 'other')`);
  ({ sessions } = aSessionProcess(db.database));
});

afterAll(async () => {
  await superuser.end();
  await db.close();
});

async function expire(session: SessionRecord): Promise<void> {
  await superuser.query(`UPDATE memori.sessions SET expires_at = clock_timestamp() - interval '1 s' WHERE id = $1`, [
    session.id,
  ]);
}

const resume = (principal: Principal, ref?: string) =>
  db.database.transaction(principal, (tx) => sessions.resume(tx, principal, ref, { namespace: 'schema:1' }));

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

function principalScope({ tenantId, userId }: Principal) {
  return { tenantId, userId };
}
