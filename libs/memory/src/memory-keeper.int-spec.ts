import { Client } from 'pg';
import { newId, type Principal } from '@memori/scope';
import { type TestDatabase, testDatabase } from '@memori/testing';
import type { Memories } from './memories.service';
import { ENTITIES, aPrincipal, MemoryProcess, told } from './memory.fixture';
import type { MemoryInput, RecallItem, SearchRequest } from './memory.types';

let db: TestDatabase;
let here: MemoryProcess;
let memories: Memories;
let superuser: Client;

beforeAll(async () => {
  db = await testDatabase({ entities: ENTITIES });
  here = new MemoryProcess(db.database);
  ({ memories } = here);
  superuser = new Client(db.superuser);
  await superuser.connect();
});

afterAll(async () => {
  await superuser.end();
  await db.close();
});

/** In a tenant of his own, since tenant rules of one test would show in another. */
async function aTenant(): Promise<string> {
  const id = newId();
  await superuser.query('INSERT INTO memori.tenants (id, name) VALUES ($1, $1)', [id]);
  return id;
}

const texts = (items: readonly RecallItem[]) => items.map(({ content }) => content);
const search = (principal: Principal, query: string, more: Partial<SearchRequest> = {}) =>
  memories.search(principal, { query, ...more });

describe('keeping', () => {
  it('adds, reads, changes with its history, and deletes', async () => {
    const principal = aPrincipal();

    const memory = await memories.add(principal, told('Active means ordered', { validFrom: '2024-01-01' }));
    expect(memory).toMatchObject({
      scope: 'user',
      namespace: 'default',
      importance: 0.5,
      version: 1,
      userId: principal.userId,
    });
    expect(await memories.get(principal, memory.id)).toEqual(memory);

    const changed = await memories.update(principal, memory.id, {
      content: 'Active means paid',
      validFrom: null,
      importance: 0.9,
    });
    expect(changed).toMatchObject({
      content: 'Active means paid',
      category: 'fact',
      importance: 0.9,
      validFrom: null,
      version: 2,
    });
    const { items: history } = await memories.history(principal, memory.id);
    expect(history.map(({ version, content }) => [version, content])).toEqual([
      [1, 'Active means ordered'],
      [2, 'Active means paid'],
    ]);

    await memories.delete(principal, memory.id);
    await expect(memories.get(principal, memory.id)).rejects.toMatchObject({ kind: 'not-found' });
    await expect(memories.history(principal, memory.id)).rejects.toMatchObject({ kind: 'not-found' });
    expect(await search(principal, 'active')).toEqual([]);
  });

  it.each<[Partial<MemoryInput>, string]>([
    [{ content: '' }, '/content'],
    [{ content: 'x'.repeat(10_001) }, '/content'],
    [{ content: 'a\0' }, '/content'],
    [{ category: 'opinion' as 'fact' }, '/category'],
    [{ category: undefined }, '/category'],
    [{ scope: 'world' as 'user' }, '/scope'],
    [{ scope: 'session' }, '/sessionId'],
    [{ importance: 2 }, '/importance'],
    [{ importance: NaN }, '/importance'],
    [{ validFrom: 'soon' }, '/validFrom'],
    [{ validFrom: '2025-01-01', validTo: '2024-01-01' }, '/validTo'],
    [{ sourceTurnIds: ['x'] }, '/sourceTurnIds/0'],
    [{ sourceTurnIds: [newId()] }, '/sourceTurnIds/0'],
    [{ namespace: 'x'.repeat(201) }, '/namespace'],
  ])('refuses what is wrong and points at it', async (input, pointer) => {
    await expect(memories.add(aPrincipal(), told('good', input))).rejects.toMatchObject({
      code: 'invalid-request',
      facts: { errors: [expect.objectContaining({ pointer })] },
    });
  });

  it('lists by scope, namespace and category, page by page', async () => {
    const principal = aPrincipal();
    await memories.add(principal, told('a'));
    await memories.add(principal, told('b', { category: 'preference' }));
    await memories.add(principal, told('c', { namespace: '空间:1' }));

    const first = await memories.list(principal, { limit: 2 });
    const second = await memories.list(principal, { limit: 2, cursor: first.nextCursor ?? '' });

    expect([...first.items, ...second.items].map(({ content }) => content)).toEqual(['c', 'b', 'a']);
    expect(
      (await memories.list(principal, { limit: 9, namespace: '空间:1' })).items.map(({ content }) => content),
    ).toEqual(['c']);
    expect(
      (await memories.list(principal, { limit: 9, category: 'preference' })).items.map(({ content }) => content),
    ).toEqual(['b']);
  });

  it('opens a session that is named by an unknown external id', async () => {
    const principal = aPrincipal();

    const memory = await memories.add(principal, told('x', { scope: 'session', sessionId: 'ext:new', namespace: 'n' }));

    expect(memory).toMatchObject({ namespace: 'n', scope: 'session' });
    expect(await memories.search(principal, { query: 'x', sessionId: 'ext:new' })).toHaveLength(1);
    await expect(memories.add(principal, told('x', { scope: 'session', sessionId: newId() }))).rejects.toMatchObject({
      kind: 'not-found',
    });
  });

  it('leaves tenant memories to curators and shows them to every user of the tenant', async () => {
    const tenantId = await aTenant();
    const curator = aPrincipal({ tenantId, roles: ['curator'] });
    const member = aPrincipal({ tenantId });

    await expect(memories.add(member, told('x', { scope: 'tenant' }))).rejects.toMatchObject({ kind: 'forbidden' });
    const rule = await memories.add(curator, told('Revenue excludes returns', { scope: 'tenant', category: 'rule' }));

    expect(await memories.get(member, rule.id)).toMatchObject({ userId: null, namespace: null });
    await expect(memories.update(member, rule.id, { content: 'x' })).rejects.toMatchObject({ kind: 'forbidden' });
    await expect(memories.delete(member, rule.id)).rejects.toMatchObject({ kind: 'forbidden' });
    await expect(memories.get(aPrincipal({ roles: ['administrator'] }), rule.id)).rejects.toMatchObject({
      kind: 'not-found',
    });
    await memories.update(curator, rule.id, { content: 'Revenue includes returns' });
    expect(texts(await search(member, 'revenue'))).toEqual(['Revenue includes returns']);
    await memories.delete(curator, rule.id);
    expect(await search(member, 'revenue')).toEqual([]);
  });

  it('cannot be tricked by a user into writing for the tenant: row level security refuses', async () => {
    const user = aPrincipal();
    const sql = `UPDATE memori.memories SET content = 'mine now' WHERE tenant_id = $1 AND user_id IS NULL RETURNING id`;
    const curator = aPrincipal({ roles: ['curator'] });
    const rule = await memories.add(curator, told('a tenant rule about walls', { scope: 'tenant' }));

    expect(await db.database.query(user, sql, [user.tenantId])).toEqual([]);
    expect((await memories.get(user, rule.id)).content).toBe('a tenant rule about walls');
    await memories.delete(curator, rule.id);
  });
});
