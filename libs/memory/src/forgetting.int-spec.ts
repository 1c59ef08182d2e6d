import { Client } from 'pg';
import { type Principal } from '@memori/scope';
import type { Sessions } from '@memori/session';
import { type TestDatabase, testDatabase } from '@memori/testing';
import type { Memories } from './memories.service';
import { ENTITIES, aPrincipal, MemoryProcess, said, told } from './memory.fixture';
import type { SearchRequest } from './memory.types';

let db: TestDatabase;
let here: MemoryProcess;
let memories: Memories;
let sessions: Sessions;
let superuser: Client;

beforeAll(async () => {
  db = await testDatabase({ entities: ENTITIES });
  here = new MemoryProcess(db.database);
  ({ memories, sessions } = here);
  superuser = new Client(db.superuser);
  await superuser.connect();
  await superuser.query(`INSERT INTO memori.tenants (id, name) VALUES ('other', 'other')`);
});

afterAll(async () => {
  await superuser.end();
  await db.close();
});

const search = (principal: Principal, query: string, more: Partial<SearchRequest> = {}) =>
  memories.search(principal, { query, ...more });

describe('forgetting', () => {
  async function dump(needle: string): Promise<string[]> {
    const { rows } = await superuser.query(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'memori'`,
    );
    const holding: string[] = [];
    for (const { name } of rows) {
      const { rowCount } = await superuser.query(`SELECT FROM ${name} t WHERE t::text LIKE '%' || $1 || '%'`, [needle]);
      if (rowCount) holding.push(name);
    }
    return holding;
  }

  it('erases a session with what was drawn from it alone, and says what', async () => {
    const principal = aPrincipal();
    const session = await here.talk(principal, []);
    const [turn] = await sessions.addTurns(principal, session.id, [said('the xylophone4711 word')]);
    await memories.add(principal, told('xylophone4711 was said', { sourceTurnIds: [turn?.id ?? ''] }));
    const kept = await memories.add(principal, told('kept'));
    expect(await search(principal, 'xylophone4711')).toHaveLength(2);

    const receipt = await memories.forget(principal, { scope: 'session', id: session.id });

    expect(receipt).toMatchObject({
      scope: 'session',
      target: session.id,
      counts: { sessions: 1, turns: 1, memories: 1, documents: 0 },
    });
    expect(await dump('xylophone4711')).toEqual([]);
    expect(await search(principal, 'xylophone4711')).toEqual([]);
    expect((await memories.get(principal, kept.id)).content).toBe('kept');
  });

  it('erases a namespace and leaves the others', async () => {
    const principal = aPrincipal();
    const other = new MemoryProcess(db.database);
    for (const namespace of ['zebra0815ns', 'stays']) {
      await here.talk(principal, ['a zebra0815 turn'], { namespace });
      await memories.add(principal, told('a zebra0815 fact', { namespace }));
    }
    await other.memories.search(principal, { query: 'zebra0815', namespace: 'zebra0815ns' });

    const receipt = await memories.forget(principal, { scope: 'namespace', id: 'zebra0815ns' });

    expect(receipt.counts).toEqual({ sessions: 1, turns: 1, memories: 1, documents: 0 });
    expect(await dump('zebra0815ns')).toEqual([]);
    expect(await other.memories.search(principal, { query: 'zebra0815', namespace: 'zebra0815ns' })).toEqual([]);
    expect(await search(principal, 'zebra0815', { namespace: 'stays' })).toHaveLength(2);
    await here.talk(principal, ['a new zebra0815'], { namespace: 'zebra0815ns' });
    expect(await other.memories.search(principal, { query: 'zebra0815', namespace: 'zebra0815ns' })).toHaveLength(1);
  });

  it('erases a user for himself or an administrator, and nobody else', async () => {
    const user = aPrincipal();
    await here.talk(user, ['quagga1234 said']);
    await memories.add(user, told('quagga1234 told'));

    await expect(memories.forget(aPrincipal(), { scope: 'user', id: user.userId })).rejects.toMatchObject({
      kind: 'forbidden',
    });
    await memories.forget(
      { ...aPrincipal({ roles: ['administrator'] }), tenantId: 'other' },
      { scope: 'user', id: user.userId },
    );
    expect(await search(user, 'quagga1234')).toHaveLength(2);
    const receipt = await memories.forget(aPrincipal({ roles: ['administrator'] }), { scope: 'user', id: user.userId });

    expect(receipt.counts).toEqual({ sessions: 1, turns: 1, memories: 1, documents: 0 });
    expect(await dump('quagga1234')).toEqual([]);
  });

  it("does not find another user's session", async () => {
    const session = await here.talk(aPrincipal(), ['x']);

    await expect(memories.forget(aPrincipal(), { scope: 'session', id: session.id })).rejects.toMatchObject({
      kind: 'not-found',
    });
  });
});

describe('writing, erasing and searching at once', () => {
  it('ends in nothing but clear answers, and leaves what a cold process finds', async () => {
    const principal = aPrincipal();
    const other = new MemoryProcess(db.database);
    const ref = (number: number) => `ext:${number % 3}`;
    const jobs: ((number: number) => Promise<unknown>)[] = [
      (number) => here.sessions.addTurns(principal, ref(number), [said(`walnut ${number}`), said('almond')]),
      (number) => other.sessions.addTurns(principal, ref(number), [said(`walnut ${number}`)]),
      (number) => memories.add(principal, told('walnut of a session', { scope: 'session', sessionId: ref(number) })),
      () => memories.add(principal, told('a walnut')),
      () => search(principal, 'walnut'),
      (number) =>
        number % 2
          ? other.sessions.delete(principal, ref(number))
          : memories.forget(principal, { scope: 'session', id: ref(number) }),
      () => other.memories.search(principal, { query: 'walnut' }),
      (number) => (number % 5 ? Promise.resolve() : memories.forget(principal, { scope: 'namespace', id: 'default' })),
    ];

    const outcomes = await Promise.allSettled(
      Array.from({ length: 120 }, (_, number) =>
        (jobs[number % jobs.length] as (n: number) => Promise<unknown>)(number >> 3),
      ),
    );

    const failures = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as { kind?: string }] : [],
    );
    expect(failures.filter(({ kind }) => kind !== 'not-found')).toEqual([]);
    const cold = await new MemoryProcess(db.database).memories.search(principal, { query: 'walnut', limit: 200 });
    expect(await search(principal, 'walnut', { limit: 200 })).toEqual(cold);
    expect(await other.memories.search(principal, { query: 'walnut', limit: 200 })).toEqual(cold);
  });
});

describe('export', () => {
  it('gives everything of the user as lines of JSON, and nothing of others', async () => {
    const principal = aPrincipal();
    await here.talk(principal, ['one\ntwo', '三']);
    const memory = await memories.add(principal, told('kept'));
    await memories.update(principal, memory.id, { content: 'kept well' });
    await memories.add(aPrincipal(), told('of another'));

    const lines: Record<string, unknown>[] = [];
    for await (const line of memories.export(principal)) lines.push(JSON.parse(line) as Record<string, unknown>);

    expect(lines.map(({ kind }) => kind)).toEqual([
      'export',
      'session',
      'turn',
      'turn',
      'memory',
      'memoryVersion',
      'memoryVersion',
    ]);
    expect(lines[2]).toMatchObject({ content: 'one\ntwo', seq: 1, sessionId: lines[1]?.id });
    expect(lines[4]).toMatchObject({ content: 'kept well', category: 'fact' });
  });
});
