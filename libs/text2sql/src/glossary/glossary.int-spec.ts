import { withClient } from '@memori/database';
import type { Principal } from '@memori/scope';
import { DataSources, Glossary, type GlossaryInput } from '@memori/text2sql';
import {
  ADMIN,
  questionWorld,
  type QuestionProcess,
  type QuestionWorld,
} from '../../../../test/support/question-world';

let world: QuestionWorld;
let glossary: Glossary;

beforeAll(async () => {
  world = await questionWorld();
  glossary = world.get(Glossary);
}, 30_000);
afterAll(() => world?.close());
beforeEach(() => world.claude.reset());

const REVENUE: GlossaryInput = {
  kind: 'metric',
  name: 'net revenue',
  synonyms: ['净收入'],
  expression: 'sum(o.amount)',
  from: 'orders o JOIN customers c ON c.id = o.customer_id',
};

interface Account {
  parts: { part: string; tokens: number; items?: string[] }[];
}

/** What stood in the prompt of a question, by part. */
async function contextOf(question: string, process: QuestionProcess = world.main, sessionId?: string) {
  const asked = await process.questions.ask(ADMIN, { question, ...(sessionId && { sessionId }) }, { waitMs: 20_000 });
  const { parts } = (await process.questions.context(ADMIN, asked.answer.id)) as Account;
  return { answer: asked.answer, items: Object.fromEntries(parts.map(({ part, items }) => [part, items])), parts };
}

/** Gone again after the test. */
async function withEntry<T>(input: GlossaryInput, work: (id: string) => Promise<T>): Promise<T> {
  const { id } = await glossary.create(ADMIN, 'shop', input);
  try {
    return await work(id);
  } finally {
    await glossary.delete(ADMIN, 'shop', id);
  }
}

async function changeSource(sql: string): Promise<void> {
  await withClient(world.source.admin, (client) => client.query(sql));
  await world.get(DataSources).sync(ADMIN, 'shop');
}

describe('a glossary', () => {
  it('goes into the prompt where it is mentioned, rules always', async () => {
    const rule = { kind: 'rule', definition: 'The fiscal year begins in April.' } as const;
    const term = { kind: 'term', name: 'regulars', definition: 'Customers with three orders' } as const;
    await withEntry(rule, (ruleId) =>
      withEntry(term, () =>
        withEntry(REVENUE, async () => {
          expect((await contextOf('How many customers?')).items).toMatchObject({ 'glossary-rules': [ruleId] });
          expect((await contextOf('How many customers?')).items).not.toHaveProperty('glossary');
          expect((await contextOf('上个月的净收入是多少？')).items).toMatchObject({ glossary: ['net revenue'] });

          const { items, parts } = await contextOf('Net revenue of each regular');

          expect(items).toMatchObject({ glossary: expect.arrayContaining(['net revenue', 'regulars']) as string[] });
          expect(parts.find(({ part }) => part === 'glossary')?.tokens).toBeGreaterThan(10);
          const sent = JSON.stringify(world.claude.requests.at(-1)?.body);
          expect(sent).toContain('sum(o.amount)');
        }),
      ),
    );
  });

  it('keeps what the session spoke of', async () => {
    await withEntry(REVENUE, async () => {
      const first = await contextOf('Net revenue in May');
      const second = await contextOf('And in June?', world.main, first.answer.sessionId);

      expect(second.items).toMatchObject({ glossary: ['net revenue'] });
    });
  });

  it('is seen by another process with the next question, and its version rises with every change', async () => {
    const other = await world.start();
    const dataSources = world.get(DataSources);
    const version = async () => (await dataSources.resolve(ADMIN, 'shop')).glossaryVersion;
    await contextOf('Net revenue?', other);
    const before = await version();

    const { id } = await glossary.create(ADMIN, 'shop', REVENUE);
    expect((await contextOf('Net revenue?', other)).items).toMatchObject({ glossary: ['net revenue'] });
    await glossary.update(ADMIN, 'shop', id, { name: 'turnover', synonyms: null });
    expect((await contextOf('Net revenue?', other)).items).not.toHaveProperty('glossary');
    await glossary.delete(ADMIN, 'shop', id);

    expect(await version()).toBe(before + 3);
  });

  it('refuses SQL that the guard or PostgreSQL refuses, and a second entry of the same name', async () => {
    const create = (more: Partial<GlossaryInput>) => glossary.create(ADMIN, 'shop', { ...REVENUE, ...more });

    await expect(create({ expression: 'pg_sleep(9)' })).rejects.toMatchObject({ code: 'sql-not-allowed' });
    await expect(create({ from: 'nowhere' })).rejects.toMatchObject({ code: 'sql-not-allowed' });
    await expect(create({ expression: 'sum(c.name)' })).rejects.toMatchObject({ code: 'sql-failed' });
    await withEntry(REVENUE, async () => {
      await expect(create({ name: 'Net  Revenues' })).rejects.toMatchObject({ code: 'conflict' });
    });
  });

  it('sets a metric aside while its data source does not fit it', async () => {
    await withEntry(REVENUE, async (id) => {
      await changeSource('ALTER TABLE orders RENAME COLUMN amount TO total');
      expect(await glossary.get(ADMIN, 'shop', id)).toMatchObject({ status: 'stale' });
      expect((await contextOf('Net revenue?')).items).not.toHaveProperty('glossary');

      await changeSource('ALTER TABLE orders RENAME COLUMN total TO amount');
      expect(await glossary.get(ADMIN, 'shop', id)).toMatchObject({ status: 'valid' });
      expect((await contextOf('Net revenue?')).items).toMatchObject({ glossary: ['net revenue'] });
      const audited = await world.sql<{ action: string }>(
        'SELECT action FROM memori.audit_log WHERE subject_id = $1 ORDER BY id',
        [id],
      );
      expect(audited.map(({ action }) => action)).toEqual(['glossary.create', 'glossary.stale', 'glossary.valid']);
    });
  });

  it('takes in what it gave out, tells each bad line and writes nothing of it', async () => {
    const lines = [
      JSON.stringify({ kind: 'rule', definition: 'Amounts are in euros.' }),
      '{ no json',
      JSON.stringify(REVENUE),
      '',
      JSON.stringify({ ...REVENUE, name: 'bad', expression: 'sum(secret)' }),
      JSON.stringify({ kind: 'term', name: '大客户' }),
    ];
    const dataSources = world.get(DataSources);

    const report = await glossary.importNdjson(ADMIN, 'shop', lines);
    const exported: string[] = [];
    for await (const line of glossary.exportNdjson(ADMIN, 'shop')) exported.push(line);
    const { glossaryVersion } = await dataSources.resolve(ADMIN, 'shop');
    const again = await glossary.importNdjson(ADMIN, 'shop', exported);

    expect(report).toMatchObject({
      created: 2,
      updated: 0,
      failed: [
        { line: 2, code: 'invalid-request' },
        { line: 5, code: 'sql-not-allowed' },
        { line: 6, code: 'invalid-request' },
      ],
    });
    expect(exported.map((line) => JSON.parse(line) as unknown)).toEqual([
      { kind: 'rule', definition: 'Amounts are in euros.' },
      REVENUE,
    ]);
    expect(again).toEqual({ created: 0, updated: 0, failed: [] });
    expect((await dataSources.resolve(ADMIN, 'shop')).glossaryVersion).toBe(glossaryVersion);
    for (const { id } of (await glossary.list(ADMIN, 'shop', {}, { limit: 50 })).items)
      await glossary.delete(ADMIN, 'shop', id);
  });

  it('is written by curators, read by everybody of the tenant and seen by no other', async () => {
    const reader: Principal = { ...ADMIN, userId: 'rita', roles: ['reader'] };
    const curator: Principal = { ...ADMIN, userId: 'carl', roles: ['curator'] };
    const stranger: Principal = { ...ADMIN, tenantId: 'other', userId: 'eve' };
    const { id } = await glossary.create(curator, 'shop', REVENUE);

    await expect(glossary.create(reader, 'shop', REVENUE)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(glossary.delete(reader, 'shop', id)).rejects.toMatchObject({ code: 'forbidden' });
    expect((await glossary.list(reader, 'shop', { kind: 'metric' }, { limit: 1 })).items).toMatchObject([{ id }]);
    expect((await glossary.list(reader, 'shop', { kind: 'term' }, { limit: 1 })).items).toEqual([]);
    await expect(glossary.get(stranger, world.dataSource.id, id)).rejects.toMatchObject({ code: 'not-found' });
    await glossary.delete(curator, 'shop', id);
  });

  it('goes with its data source', async () => {
    const dataSources = world.get(DataSources);
    const { id } = await dataSources.create(ADMIN, { name: 'gone', dialect: 'postgresql', url: world.source.url });
    await glossary.create(ADMIN, 'gone', REVENUE);
    await dataSources.delete(ADMIN, 'gone');

    expect(await world.sql('SELECT 1 FROM memori.glossary_entries WHERE data_source_id = $1', [id])).toEqual([]);
  });
});
