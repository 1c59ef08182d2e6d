import { FakeClaude } from '@memori/testing';
import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Body, type Call, clientOf } from './support/client';
import { type ApiDocument, undocumented } from './support/document';
import { openShop, type Shop } from './support/shop';

let memori: BootedMemori;
let claude: FakeClaude;
let shop: Shop;
let admin: Call;
let call: Call;

const SETTINGS = '/v1/admin/memory';

beforeAll(async () => {
  claude = await FakeClaude.start();
  memori = await bootMemori({ claude });
  admin = clientOf(memori);
  shop = await openShop(admin);
});
afterAll(async () => {
  await memori?.close();
  await claude?.stop();
  await shop?.close();
});

let users = 0;
beforeEach(async () => {
  claude.reset();
  call = clientOf(memori, { headers: { 'x-memori-user': `user-${++users}` } });
  await admin('PATCH', SETTINGS, { body: { drawFacts: null, conscious: null, blockTokens: null, automatic: null } });
});

const keep = (content: string, more: Body = {}) =>
  call('POST', '/v1/memories', { body: { content, category: 'fact', namespace: `schema:${shop.id}`, ...more } });

/** What other questions of the user said: turns are recalled too. */
const isSaid = (content: string) => /\?$|^\[simulated\]/.test(content);

async function ask(question: string): Promise<{ memories: string[]; prompt: string }> {
  claude.next('SELECT 1 AS one');
  const { body } = await call('POST', '/v1/questions', { body: { question, dataSourceId: shop.id } });
  return {
    memories: (body.memories as Body[]).map(({ content }) => String(content)).filter((content) => !isSaid(content)),
    prompt: claude.lastRequest.promptText,
  };
}

async function context(query: string, more: Body = {}) {
  const body = { query, namespace: `schema:${shop.id}`, ...more };
  return (await call('POST', '/v1/memories/context', { body })).body;
}

it('puts rules and strong preferences into every prompt, before what is recalled for the question', async () => {
  await keep('Amounts are in euro.', { category: 'rule' });
  await keep('The user wants bar charts.', { category: 'preference', importance: 0.9 });
  await keep('The user likes tea.', { category: 'preference', importance: 0.3 });
  await keep('Customers in London pay late.');

  const { memories, prompt } = await ask('Which customers live in London?');

  expect(memories).toEqual(['Amounts are in euro.', 'The user wants bar charts.', 'Customers in London pay late.']);
  expect(prompt).toMatch(/Standing rules and preferences:[^]*euro[^]*Recalled:[^]*London pay late/);
  expect(((await context('London', { kinds: ['fact'] })).items as Body[]).map(({ content }) => content)).toEqual(
    memories,
  );
});

it('bounds the block by tokens of its own', async () => {
  for (let n = 0; n < 60; n++)
    await keep(`Rule number ${n}: ${'every amount is rounded to cents '.repeat(4)}.`, { category: 'rule' });
  await keep('Customers in London pay late.');
  const sizeWith = async (blockTokens: number) => {
    await admin('PATCH', SETTINGS, { body: { blockTokens } });
    const { items } = await context('London');
    const always = (items as Body[]).filter((item) => item.always);
    return {
      always: always.length,
      rest: (items as Body[]).filter((item) => !item.always).map(({ content }) => content),
    };
  };

  const [much, little, none] = [await sizeWith(600), await sizeWith(200), await sizeWith(0)];

  expect(much.always).toBeGreaterThan(little.always);
  expect(little.always).toBeGreaterThan(0);
  expect(none.always).toBe(0);
  for (const { rest } of [much, little, none]) expect(rest).toEqual(['Customers in London pay late.']);
});

it('is switched by an administrator: the block, and what is recalled', async () => {
  await keep('Customers who live in London pay in euro.', { category: 'rule' });
  await keep('Customers in London pay late.');
  const askWith = async (settings: Body) => {
    await admin('PATCH', SETTINGS, { body: settings });
    return (await ask('Which customers live in London?')).memories.sort();
  };

  expect(await askWith({ conscious: true, automatic: false })).toEqual(['Customers who live in London pay in euro.']);
  expect(await askWith({ conscious: false, automatic: false })).toEqual([]);
  // Nothing stands, so that a rule is found like any other memory.
  expect(await askWith({ conscious: false, automatic: true })).toContain('Customers who live in London pay in euro.');
});

it('belongs to its scope', async () => {
  await keep('My own rule.', { category: 'rule' });
  await keep('A rule of another namespace.', { category: 'rule', namespace: 'elsewhere' });
  await keep('A rule that is over.', { category: 'rule', validTo: '2020-01-01' });
  call = clientOf(memori, { headers: { 'x-memori-user': `user-${++users}` } });
  await keep('A rule of somebody else.', { category: 'rule' });
  const ours = await admin('POST', '/v1/memories', {
    body: { content: 'A rule of all.', category: 'rule', scope: 'tenant' },
  });

  expect((await ask('What is new?')).memories).toEqual(['A rule of all.', 'A rule of somebody else.']);
  await admin('DELETE', `/v1/memories/${String(ours.body.id)}`);
});

it('tells and takes its settings as documented, from administrators alone', async () => {
  const document = (await admin('GET', '/openapi.json')).body as unknown as ApiDocument;
  const changed = await admin('PATCH', SETTINGS, { body: { automatic: false } });
  const read = await admin('GET', SETTINGS);
  const wrong = await admin('PATCH', SETTINGS, { body: { blockTokens: -1 } });
  const { body: made } = await admin('POST', '/v1/admin/api-keys', { body: { name: 'm', userId: 'm' } });
  const member = await clientOf(memori, { key: String(made.key) })('PATCH', SETTINGS, { body: {} });

  expect(undocumented(document, 'PATCH', SETTINGS, changed)).toEqual([]);
  expect(undocumented(document, 'GET', SETTINGS, read)).toEqual([]);
  expect(read.body).toEqual({
    drawFacts: true,
    conscious: true,
    blockTokens: 600,
    automatic: false,
    maxMemories: 10_000,
  });
  expect([wrong.status, member.status]).toEqual([422, 403]);
});

describe('what a user said to hold from now on', () => {
  const say = (content: string) =>
    call('POST', '/v1/sessions/ext:talk/turns', { body: { role: 'user', content, externalId: content.slice(0, 20) } });
  const blockOf = async (query: string, more: Body = {}) => {
    const { items } = await context(query, more);
    return (items as Body[]).filter(({ always }) => always).map(({ content }) => content);
  };

  beforeEach(() => call('POST', '/v1/sessions', { body: { externalId: 'talk', namespace: `schema:${shop.id}` } }));

  it('stands in every prompt in his words, before any model has read it', async () => {
    await say('The trip was fine. From now on always show amounts in euro. See you!');
    await say('以后每次都用中文回答');

    expect(await blockOf('Which customers live in London?')).toEqual([
      '以后每次都用中文回答',
      'From now on always show amounts in euro.',
    ]);
    expect((await ask('Which customers live in Rome?')).prompt).toContain('always show amounts in euro');
  });

  it('stands once, and no longer once it was forgotten', async () => {
    await say('Never round amounts.');
    await call('POST', '/v1/sessions/ext:talk/turns', { body: { role: 'user', content: 'never round amounts.' } });
    expect(await blockOf('anything')).toHaveLength(1);

    await call('POST', '/v1/memories/forget', { body: { scope: 'session', id: 'ext:talk' } });

    expect(await blockOf('anything')).toEqual([]);
  });

  it('is not what a question wants of its own answer', async () => {
    await ask('I want you to list all customers, please.');
    await ask('Always give me the newest first. Which customers are there?');

    expect(await blockOf('anything')).toEqual(['Always give me the newest first.']);
  });
});
