import { Client } from 'pg';
import { newId, type Principal } from '@memori/scope';
import { type TestDatabase, testDatabase } from '@memori/testing';
import { aPrincipal, ENTITIES, MemoryProcess, said, told } from './memory.fixture';
import type { MemoryInput } from './memory.types';

let db: TestDatabase;
let here: MemoryProcess;
let superuser: Client;
let principal: Principal;

beforeAll(async () => {
  db = await testDatabase({ entities: ENTITIES });
  here = new MemoryProcess(db.database);
  superuser = new Client(db.superuser);
  await superuser.connect();
});

afterAll(async () => {
  await superuser.end();
  await db.close();
});

/** In a tenant that keeps memories since 2020, so that what was known can be told from what held. */
beforeEach(async () => {
  const tenantId = newId();
  await superuser.query(`INSERT INTO memori.tenants (id, name, created_at) VALUES ($1, $1, '2020-01-01')`, [tenantId]);
  principal = aPrincipal({ tenantId, roles: ['curator'] });
});

async function recorded(day: string, content: string, more: Partial<MemoryInput> = {}): Promise<string> {
  const { id } = await here.memories.add(principal, told(content, more));
  await superuser.query('UPDATE memori.memories SET created_at = $2, updated_at = $2 WHERE id = $1', [id, day]);
  await superuser.query('UPDATE memori.memory_history SET changed_at = $2 WHERE memory_id = $1', [id, day]);
  return id;
}

async function rewritten(day: string, id: string, content: string): Promise<void> {
  await here.memories.update(principal, id, { content });
  await superuser.query('UPDATE memori.memories SET updated_at = $2 WHERE id = $1', [id, day]);
  await superuser.query(
    `UPDATE memori.memory_history SET changed_at = $2
     WHERE memory_id = $1 AND version = (SELECT version FROM memori.memories WHERE id = $1)`,
    [id, day],
  );
}

async function found(query: string, asOf?: string): Promise<string[]> {
  const items = await here.memories.search(principal, { query, asOf, kinds: ['fact'] });
  return items.map(({ content }) => content).sort();
}

async function block(asOf?: string): Promise<string[]> {
  const { items } = await here.memories.context(principal, { query: 'nothing of that', asOf });
  return items.map(({ content }) => content).sort();
}

describe('a search as of a moment', () => {
  it('knows what had been written down, and of that what held', async () => {
    await recorded('2024-01-01', 'office in Basel', { validFrom: '2023-01-01' });
    await recorded('2024-06-01', 'office in Zurich', { validFrom: '2023-01-01' });
    await recorded('2024-01-01', 'office in Bern', { validFrom: '2030-01-01' });

    expect(await found('office', '2023-06-01')).toEqual([]);
    expect(await found('office', '2024-03-01')).toEqual(['office in Basel']);
    expect(await found('office', '2024-07-01')).toEqual(['office in Basel', 'office in Zurich']);
    expect(await found('office', '2031-01-01')).toEqual(['office in Basel', 'office in Bern', 'office in Zurich']);
  });

  it('takes what was told of turns as said when they were said', async () => {
    const { id } = await here.sessions.open(principal);
    const [turn] = await here.sessions.addTurns(principal, id, [said('We moved', { occurredAt: '2023-05-05' })]);
    await here.memories.add(principal, told('office in Basel', { sourceTurnIds: [turn?.id ?? ''] }));
    await here.memories.add(
      principal,
      told('They sit in Basel', { sourceTurnIds: [turn?.id ?? ''], category: 'rule', validFrom: '2021-01-01' }),
    );

    expect(await found('office', '2023-05-04')).toEqual([]);
    expect(await block('2023-05-04')).toEqual([]);
    expect(await block('2023-05-06')).toContain('They sit in Basel');
  });

  it('goes by the validity that was told where nothing could have been written down yet', async () => {
    await recorded('2024-01-01', 'office in Basel', { validFrom: '2015-01-01', validTo: '2018-01-01' });
    await recorded('2024-01-01', 'office in Bern', { validFrom: '2018-01-01' });
    await recorded('2024-01-01', 'office in Chur');

    expect(await found('office', '2016-01-01')).toEqual(['office in Basel']);
    expect(await found('office', '2019-01-01')).toEqual(['office in Bern']);
  });

  it('gives what was rewritten in the words that it had', async () => {
    const id = await recorded('2024-01-01', 'office in Basel');
    await rewritten('2024-06-01', id, 'headquarters in Zurich');
    await rewritten('2024-09-01', id, 'headquarters in Chur');

    expect(await found('office', '2024-03-01')).toEqual(['office in Basel']);
    expect(await found('headquarters', '2024-03-01')).toEqual([]);
    expect(await found('headquarters', '2024-07-01')).toEqual(['headquarters in Zurich']);
    expect(await found('headquarters', '2024-10-01')).toEqual(['headquarters in Chur']);
    expect(await found('headquarters')).toEqual(['headquarters in Chur']);
  });

  it('does so in the block that stands in every prompt', async () => {
    const id = await recorded('2024-01-01', 'Amounts in euro', { category: 'rule', scope: 'tenant' });
    await rewritten('2024-06-01', id, 'Amounts in francs');
    await recorded('2024-08-01', 'Dates in ISO', { category: 'rule' });

    expect(await block('2023-12-01')).toEqual([]);
    expect(await block('2024-03-01')).toEqual(['Amounts in euro']);
    expect(await block('2024-07-01')).toEqual(['Amounts in francs']);
    expect(await block()).toEqual(['Amounts in francs', 'Dates in ISO']);
  });
});
