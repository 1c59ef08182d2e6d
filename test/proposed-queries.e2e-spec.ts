import { FakeClaude } from '@memori/testing';
import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Answer, type Call, clientOf } from './support/client';
import { type ApiDocument, undocumented } from './support/document';
import { openShop, type Shop } from './support/shop';

let claude: FakeClaude;
let memori: BootedMemori;
let call: Call;
let shop: Shop;
let document: ApiDocument;

beforeAll(async () => {
  claude = await FakeClaude.start();
  memori = await bootMemori({ claude });
  call = clientOf(memori);
  shop = await openShop(call);
  document = (await call('GET', '/openapi.json')).body as unknown as ApiDocument;
});

afterAll(async () => {
  await memori?.close();
  await shop?.close();
  await claude?.stop();
});

const LIST = '/v1/verified-queries/proposals';
const as = (user: string) => ({ 'x-memori-user': user });

async function judged(user: string, question: string, verdict = 'correct', more: object = {}): Promise<Answer> {
  claude.gold(question, 'SELECT count(*) AS n FROM customers');
  const body = { question, dataSourceId: shop.id, ...more };
  const asked = await call('POST', '/v1/questions', { body, headers: as(user) });
  expect(asked.body).toMatchObject({ status: 'answered', source: 'model' });
  await call('POST', `/v1/questions/${String(asked.body.id)}/feedback`, { body: { verdict }, headers: as(user) });
  return asked;
}

async function proposals(): Promise<Record<string, unknown>[]> {
  return (await call('GET', `${LIST}?dataSourceId=${shop.id}`)).body.items as Record<string, unknown>[];
}

async function keyOf(role: string): Promise<string> {
  const made = await call('POST', '/v1/admin/api-keys', { body: { name: role, roles: [role], userId: role } });
  return String(made.body.key);
}

it('proposes an answer that was found right, and answers with it once a curator has promoted it', async () => {
  const asked = await judged('anna', 'How many customers do we have?');

  const listed = await call('GET', `${LIST}?dataSourceId=${shop.id}`, { key: await keyOf('curator') });
  const [proposal] = listed.body.items as Record<string, unknown>[];
  const promoted = await call('POST', `${LIST}/${String(proposal?.id)}/promote`, { body: {} });
  const again = await call('POST', `${LIST}/${String(proposal?.id)}/promote`, { body: {} });
  const body = { question: 'How many customers do we have?', dataSourceId: shop.id };
  const reasked = await call('POST', '/v1/questions', { body, headers: as('bob') });

  expect(proposal).toMatchObject({ questionId: asked.body.id, proposedBy: 'anna', sql: asked.body.sql });
  expect(promoted.status).toBe(201);
  expect(promoted.body).toMatchObject({ status: 'verified', createdBy: 'admin', sql: asked.body.sql });
  expect(again.status).toBe(404);
  expect(reasked.body).toMatchObject({ source: 'verified-query', confidence: 'high' });
  expect(await proposals()).toEqual([]);
  expect(undocumented(document, 'GET', LIST, listed)).toEqual([]);
  expect(undocumented(document, 'POST', `${LIST}/{id}/promote`, promoted)).toEqual([]);
});

it('is rejected once and for all, taken back by the verdict incorrect, and never made of an isolated session', async () => {
  await judged('anna', 'How many customers are there in all?');
  const [proposal] = await proposals();
  const rejected = await call('POST', `${LIST}/${String(proposal?.id)}/reject`);
  await call('POST', `/v1/questions/${String(proposal?.questionId)}/feedback`, {
    body: { verdict: 'correct' },
    headers: as('anna'),
  });
  const afterReject = await proposals();

  const asked = await judged('anna', 'How many customers did we ever have?');
  const open = await proposals();
  await call('POST', `/v1/questions/${String(asked.body.id)}/feedback`, {
    body: { verdict: 'incorrect' },
    headers: as('anna'),
  });

  const session = await call('POST', '/v1/sessions', { body: { isolated: true }, headers: as('anna') });
  await judged('anna', 'What is the number of customers?', 'correct', { sessionId: session.body.id });

  expect(rejected.status).toBe(204);
  expect(afterReject).toEqual([]);
  expect(open).toHaveLength(1);
  expect(await proposals()).toEqual([]);
});

it('goes with whoever is forgotten, and is nothing for members', async () => {
  await judged('carl', 'Count the customers, please: how many?');
  const before = await proposals();

  await call('DELETE', '/v1/admin/users/carl');
  const forbidden = await call('GET', LIST, { key: await keyOf('member') });

  expect(before).toHaveLength(1);
  expect(await proposals()).toEqual([]);
  expect(forbidden.status).toBe(403);
});
