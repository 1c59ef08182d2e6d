import { newId, type Principal } from '@memori/scope';
import type { Sessions } from '@memori/session';
import { type TestDatabase, testDatabase } from '@memori/testing';
import type { Memories } from './memories.service';
import { ENTITIES, aPrincipal, MemoryProcess, said, told } from './memory.fixture';
import type { RecallItem, SearchRequest } from './memory.types';

let db: TestDatabase;
let here: MemoryProcess;
let memories: Memories;
let sessions: Sessions;

beforeAll(async () => {
  db = await testDatabase({ entities: ENTITIES });
  here = new MemoryProcess(db.database);
  ({ memories, sessions } = here);
});

afterAll(async () => {
  await db.close();
});

const texts = (items: readonly RecallItem[]) => items.map(({ content }) => content);
const search = (principal: Principal, query: string, more: Partial<SearchRequest> = {}) =>
  memories.search(principal, { query, ...more });

describe('finding', () => {
  it('finds a Chinese definition by a Chinese question, told or said', async () => {
    const principal = aPrincipal();
    await here.talk(principal, ['活跃客户指近30天下过单的客户', '今天天气很好']);
    await memories.add(principal, told('活跃客户指近30天下过单的客户'));

    const found = await search(principal, '活跃客户有多少');

    const best = found.slice(0, 2);
    expect(best.map(({ kind }) => kind).sort()).toEqual(['fact', 'turn']);
    expect(new Set(texts(best))).toEqual(new Set(['活跃客户指近30天下过单的客户']));
  });

  it('sees at once what another process added, changed or erased', async () => {
    const principal = aPrincipal();
    const other = new MemoryProcess(db.database);
    await search(principal, 'penguin');

    const memory = await other.memories.add(principal, told('The penguin is called Otto'));
    expect(texts(await search(principal, 'penguin'))).toEqual(['The penguin is called Otto']);
    const session = await other.sessions.open(principal);
    await other.sessions.addTurns(principal, session.id, [said('A penguin swims')]);
    expect(await search(principal, 'penguin')).toHaveLength(2);
    await other.memories.update(principal, memory.id, { content: 'The walrus is called Otto' });
    expect(texts(await search(principal, 'penguin'))).toEqual(['A penguin swims']);
    await other.sessions.delete(principal, session.id);
    expect(await search(principal, 'penguin')).toEqual([]);
    expect(texts(await search(principal, 'walrus'))).toEqual(['The walrus is called Otto']);
  });

  it('recalls a question for a prompt with the SQL that answered it, and searches without', async () => {
    const principal = aPrincipal();
    const [asked, now] = [await sessions.open(principal), await sessions.open(principal)];
    const questionId = newId();
    const scope = { tenantId: principal.tenantId, userId: principal.userId };
    await db.database.transaction(scope, (tx) =>
      sessions.recordTurns(tx, { ...scope, id: asked.id }, [
        { ...said('Which shipments were late?'), questionId },
        { role: 'assistant', content: 'These.', questionId, sql: 'SELECT 7' },
        said('Which penguins were late?'),
      ]),
    );

    const here = { ...scope, namespace: now.namespace, sessionId: now.id, isolated: false };
    const recalled = await memories.recall(here, 'the late ones again', { maxTokens: 500 });
    const sqlOf = (content: string) => recalled.find((item) => item.content === content)?.sql;

    expect(sqlOf('Which shipments were late?')).toBe('SELECT 7');
    expect(texts(recalled)).toContain('Which penguins were late?');
    expect(sqlOf('Which penguins were late?')).toBeUndefined();
    expect((await search(principal, 'late shipments')).some((item) => 'sql' in item)).toBe(false);
  });

  it('answers like a cold process after many small writes', async () => {
    const principal = aPrincipal();
    for (let number = 0; number < 12; number++) {
      await sessions.addTurns(principal, `ext:${number % 3}`, [
        said(`order ${number} of coffee`),
        said(`invoice ${number}`),
      ]);
      await search(principal, 'coffee order 5');
    }

    const request = { query: 'coffee order 5', limit: 50, explain: true };
    expect(await memories.search(principal, request)).toEqual(
      await new MemoryProcess(db.database).memories.search(principal, request),
    );
  });

  it('holds when reads and writes meet', async () => {
    const principal = aPrincipal();
    const write = (number: number) => sessions.addTurns(principal, `ext:${number % 4}`, [said(`walnut ${number}`)]);
    const jobs = Array.from({ length: 40 }, (_, number) => (number % 2 ? search(principal, 'walnut') : write(number)));

    await Promise.all(jobs);

    expect(await search(principal, 'walnut', { limit: 50 })).toHaveLength(20);
  });

  it('takes the best passages of a long answer and no more', async () => {
    const principal = aPrincipal();
    const filler = 'The weather report goes on and on about clouds. '.repeat(40);
    await here.talk(principal, [`${filler}\n\nThe churn rate is customers lost by customers kept.\n\n${filler}`]);

    const [found] = await search(principal, 'churn rate');

    expect(found?.content).toContain('churn rate');
    expect(found?.content.length).toBeLessThanOrEqual(1700);
  });

  it('obeys kinds, categories, limit, tokens and explains its signals', async () => {
    const principal = aPrincipal();
    await here.talk(principal, ['espresso in the morning', 'espresso at night']);
    await memories.add(principal, told('prefers espresso', { category: 'preference' }));

    expect((await search(principal, 'espresso', { kinds: ['turn'] })).every(({ kind }) => kind === 'turn')).toBe(true);
    expect(texts(await search(principal, 'espresso', { categories: ['preference'] }))).toEqual(['prefers espresso']);
    expect(await search(principal, 'espresso', { categories: ['rule'] })).toEqual([]);
    expect(await search(principal, 'espresso', { limit: 1 })).toHaveLength(1);
    expect(await search(principal, 'espresso', { maxTokens: 40 })).toHaveLength(1);
    const [explained] = await search(principal, 'espresso', { kinds: ['turn'], explain: true });
    expect(explained?.signals).toMatchObject({ text: expect.any(Number), session: expect.any(Number) });
  });

  it('shows what is valid now, or was known and valid at a moment', async () => {
    const principal = aPrincipal();
    await memories.add(principal, told('price list A', { validFrom: '2020-01-01', validTo: '2022-01-01' }));
    await memories.add(principal, told('price list B', { validFrom: '2022-01-01' }));
    const { id } = await sessions.open(principal);
    await sessions.addTurns(principal, id, [said('price talk', { occurredAt: '2021-05-05' })]);

    expect(texts(await search(principal, 'price list', { kinds: ['fact'] }))).toEqual(['price list B']);
    expect(texts(await search(principal, 'price list', { asOf: '2021-06-01' })).sort()).toEqual([
      'price list A',
      'price talk',
    ]);
  });

  it('finds a turn by the words of a fact that cites it', async () => {
    const principal = aPrincipal();
    const { id } = await sessions.open(principal);
    const [turn] = await sessions.addTurns(principal, id, [said('He did it again'), said('nothing here')]);
    await memories.add(principal, told('Otto escaped from the zoo', { sourceTurnIds: [turn?.id ?? ''] }));

    expect(texts(await search(principal, 'zoo escape', { kinds: ['turn'] }))[0]).toBe('He did it again');
  });

  it.each(['%', "' OR 1=1 --", '😀', 'الإيرادات', 'a & b | !c', '\\', '(((', '*:*'])(
    'takes the query %s as plain text',
    async (query) => {
      await expect(search(aPrincipal(), query)).resolves.toEqual([]);
    },
  );

  it.each(['', 'a\0b', '\ud800', 'x'.repeat(10_001)])('refuses a query that is none', async (query) => {
    await expect(search(aPrincipal(), query)).rejects.toMatchObject({ code: 'invalid-request' });
  });
});
