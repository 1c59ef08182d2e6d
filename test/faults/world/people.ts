import type { World } from './world';

/** Somebody with a key of his own and a secret in every place that keeps things. */
export interface Person {
  readonly tenantId: string;
  readonly userId: string;
  readonly key: string;
  readonly secret: string;
  readonly dataSourceId: string;
  readonly memoryId: string;
  readonly sessionId: string;
  readonly questionId: string;
}

/** The same user ids in both tenants: a mix-up of one for the other would show. */
const USERS = ['ada', 'bob'] as const;

/** Two tenants with a data source each, two users in each of them, and what they want nobody else to read. */
export async function plantPeople(world: World): Promise<Person[]> {
  const tenant = await world.make('/v1/admin/tenants', { name: 'rivals' });
  const people: Person[] = [];
  for (const tenantId of ['default', tenant.id]) {
    const dataSourceId = tenantId === 'default' ? world.dataSourceId : await rivalsSource(world, tenantId);
    for (const userId of USERS) people.push(await plant(world, { tenantId, userId, dataSourceId }));
  }
  return people;
}

async function rivalsSource(world: World, tenantId: string): Promise<string> {
  const admin = { name: 'admin', tenantId, userId: 'chief', roles: ['administrator'] };
  const { key } = await world.make('/v1/admin/api-keys', admin);
  const source = { name: 'rivals', dialect: 'postgresql', url: world.rivalsUrl };
  return (await world.make('/v1/data-sources', source, key)).id;
}

async function plant(world: World, who: Pick<Person, 'tenantId' | 'userId' | 'dataSourceId'>): Promise<Person> {
  const { tenantId, userId, dataSourceId } = who;
  const secret = `zebra${world.randomText(12)}`;
  const name = `${userId} of ${tenantId}`;
  const { key } = await world.make('/v1/admin/api-keys', { name, tenantId, userId });
  const memory = { content: `The secret of ${name} is ${secret}`, category: 'fact' };
  const { id: memoryId } = await world.make('/v1/memories', memory, key);
  const { id: sessionId } = await world.make('/v1/sessions', {}, key);
  await world.make(`/v1/sessions/${sessionId}/turns`, { role: 'user', content: `Keep ${secret} for me` }, key);
  world.claude.gold(`What was ${secret}?`, `SELECT '${secret}' AS secret`);
  const asked = { question: `What was ${secret}?`, dataSourceId };
  const { id: questionId } = await world.make('/v1/questions', asked, key);
  return { ...who, key, secret, memoryId, sessionId, questionId };
}
