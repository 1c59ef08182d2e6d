import { parseEnv } from '@memori/config';
import { withClient } from '@memori/database';
import { Log, Metrics } from '@memori/monitoring';
import { newId, type Principal } from '@memori/scope';
import { testDatabase, type TestDatabase } from '@memori/testing';
import { aPrincipal, ENTITIES, MemoryProcess, told } from '../memory.fixture';
import type { Episodes } from '../episodes/episodes';
import { FactRepository } from './fact.repository';
import { MemoryUpkeep } from './memory-upkeep';

let db: TestDatabase;
let here: MemoryProcess;
let upkeep: MemoryUpkeep;
const metrics = new Metrics();

beforeAll(async () => {
  db = await testDatabase({ entities: ENTITIES });
  here = new MemoryProcess(db.database);
  const noEpisodes = { round: () => Promise.resolve() } as Episodes;
  upkeep = new MemoryUpkeep(
    new FactRepository(db.database),
    noEpisodes,
    metrics,
    new Log({ level: 'silent' }),
    parseEnv({}),
  );
});
afterAll(() => db?.close());

const sql = (text: string, params: unknown[] = []) => withClient(db.superuser, (client) => client.query(text, params));

/** As if it had been drawn. `columns` in SQL. */
async function drawn(principal: Principal, content: string, columns = ''): Promise<string> {
  const { id } = await here.memories.add(principal, told(content));
  await sql(
    `UPDATE memori.memories SET origin = 'drawn', fingerprint = $2 ${columns && `, ${columns}`} WHERE id = $1`,
    [id, newId()],
  );
  return id;
}

const contents = async (principal: Principal) =>
  (await here.memories.list(principal, { limit: 50 })).items.map(({ content }) => content).sort();

it('lets go of what is too much, in the stated order, and never of what was told or stands in every prompt', async () => {
  const principal = aPrincipal();
  await sql(`INSERT INTO memori.memory_settings (tenant_id, max_memories) VALUES ('default', 4)
    ON CONFLICT (tenant_id) DO UPDATE SET max_memories = 4`);
  const newer = await drawn(principal, 'weighty', 'importance = 0.9');
  await drawn(principal, 'ended by a newer one', `superseded_by = '${newer}', importance = 1`);
  await drawn(principal, 'over', `valid_to = now() - interval '1 day', importance = 1`);
  await drawn(
    principal,
    'long unused',
    `importance = 0.8, updated_at = now() - interval '2 years', created_at = now() - interval '2 years'`,
  );
  await drawn(
    principal,
    'used lately',
    `importance = 0.8, updated_at = now() - interval '2 years', created_at = now() - interval '2 years',
    last_used_at = now(), uses = 9`,
  );
  await drawn(principal, 'stands', 'essential = true, importance = 0');
  await here.memories.add(principal, told('told', { importance: 0 }));

  await upkeep.tidy();

  expect(await contents(principal)).toEqual(['stands', 'told', 'used lately', 'weighty']);
  const found = await here.memories.search(principal, { query: 'used lately, over, long unused', kinds: ['fact'] });
  expect(found.map(({ content }) => content)).toEqual(['used lately']);
  await sql('DELETE FROM memori.memory_settings');
});

it('lets go of what held for the moment only, once nobody says or uses it any more', async () => {
  const principal = aPrincipal();
  const old = `updated_at = now() - interval '91 days', created_at = now() - interval '91 days'`;
  await drawn(principal, 'of that week', `category = 'context', ${old}`);
  await drawn(principal, 'of that week and still in use', `category = 'context', ${old}, last_used_at = now()`);
  await drawn(principal, 'a fact', old);

  await upkeep.tidy();

  expect(await contents(principal)).toEqual(['a fact', 'of that week and still in use']);
  expect(await metrics.registry.metrics()).toMatch(/memories_removed_total\{reason="expired"[^}]*\} 1/);
});
