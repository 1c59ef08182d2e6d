import { FakeClaude, replies } from '@memori/testing';
import { BY_HAND, settle } from './support/background';
import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Answer, type Body, type Call, clientOf } from './support/client';
import { type ApiDocument, undocumented } from './support/document';

let claude: FakeClaude;
let memori: BootedMemori;
let admin: Call;
let call: Call;
let document: ApiDocument;
let users = 0;

const DOCUMENTS = '/v1/memories/documents';
const HANDBOOK = [
  '# Handbook',
  'For everybody who sells.',
  '## Refunds',
  'Refunds are granted within 30 days of the delivery.',
  '## Deliveries',
  'Parcels leave the warehouse every weekday at noon.',
].join('\n\n');

beforeAll(async () => {
  claude = await FakeClaude.start();
  memori = await bootMemori({ claude, env: BY_HAND });
  admin = clientOf(memori);
  document = (await admin('GET', '/openapi.json')).body as unknown as ApiDocument;
});
afterAll(async () => {
  await memori?.close();
  await claude?.stop();
});
beforeEach(() => {
  claude.reset();
  call = clientOf(memori, { headers: { 'x-memori-user': `reader-${++users}` } });
});

const put = (body: Body) => call('POST', DOCUMENTS, { body });
const items = (answer: Answer) => answer.body.items as Body[];
const search = async (query: string, more: Body = {}) =>
  items(await call('POST', '/v1/memories/search', { body: { query, kinds: ['fact'], ...more } }));
const memoriesOf = async (id: unknown) => items(await call('GET', `/v1/memories?documentId=${String(id)}&limit=200`));

describe('a document', () => {
  it('becomes memories that are found with source, date and trust', async () => {
    const made = await put({
      content: HANDBOOK,
      source: 'https://wiki.example/handbook',
      externalId: 'handbook',
      trust: 0.8,
      occurredAt: '2024-03-01',
    });

    const [first] = await search('When are refunds granted?');
    const { text } = (await call('POST', '/v1/memories/context', { body: { query: 'refunds' } })).body;

    expect(undocumented(document, 'POST', DOCUMENTS, made)).toEqual([]);
    expect([made.status, made.headers.get('location')]).toEqual([201, `${DOCUMENTS}/${String(made.body.id)}`]);
    expect(made.body).toMatchObject({ title: 'Handbook', outcome: 'created', passages: 3, added: 3, version: 1 });
    expect(first).toMatchObject({
      content: 'Refunds are granted within 30 days of the delivery.',
      trust: 0.8,
      occurredAt: '2024-03-01T00:00:00.000Z',
      document: {
        id: made.body.id,
        title: 'Handbook',
        source: 'https://wiki.example/handbook',
        heading: 'Handbook › Refunds',
      },
    });
    expect(text).toContain(
      '- [2024-03-01] fact of the user from "Handbook › Refunds", trust 0.8: "Refunds are granted',
    );
    expect((await memoriesOf(made.body.id)).map(({ origin }) => origin)).toEqual(['imported', 'imported', 'imported']);
  });

  it('is found by its headings, in Chinese too', async () => {
    await put({ content: '# 手册\n\n## 退货\n\n三十天内都可以。\n\n## 发货\n\n工作日中午。' });

    expect((await search('怎么退货?'))[0]).toMatchObject({
      content: '三十天内都可以。',
      document: { heading: '手册 › 退货' },
    });
  });

  it('is there once, however often it is sent, by its text or by its id', async () => {
    const first = await put({ content: HANDBOOK, externalId: 'h' });
    const again = await put({ content: HANDBOOK, externalId: 'h' });
    const nameless = await Promise.all([1, 2, 3, 4].map(() => put({ content: HANDBOOK })));

    expect(again.body).toMatchObject({
      id: first.body.id,
      outcome: 'unchanged',
      version: 1,
      added: 0,
      kept: 3,
      ended: 0,
    });
    expect(nameless.map(({ body }) => body.outcome).sort()).toEqual(['created', 'unchanged', 'unchanged', 'unchanged']);
    expect(new Set(nameless.map(({ body }) => body.id)).size).toBe(1);
    expect(await search('refunds', { limit: 50 })).toHaveLength(2);
  });

  it('takes the place of what was there: what it no longer says is found no more, but then', async () => {
    const first = await put({ content: HANDBOOK, externalId: 'h' });
    const [old] = await search('refunds granted');
    const then = new Date().toISOString();
    const changed = await put({ content: HANDBOOK.replace('30 days', '60 days'), externalId: 'h', trust: 0.9 });

    expect(changed.body).toMatchObject({
      id: first.body.id,
      outcome: 'changed',
      version: 2,
      added: 1,
      kept: 2,
      ended: 1,
    });
    expect((await search('refunds granted')).map(({ content }) => content)).toEqual([
      'Refunds are granted within 60 days of the delivery.',
    ]);
    expect((await search('refunds granted', { asOf: then }))[0]).toMatchObject({ id: old?.id });
    expect(new Set((await search('weekday noon parcels')).map(({ trust }) => trust))).toEqual(new Set([0.9]));
    const { items: states } = (await call('GET', `/v1/memories/${String(old?.id)}/history`)).body as { items: Body[] };
    expect(states.map(({ validTo }) => typeof validTo)).toEqual(['object', 'string']);
  });

  it('comes as it is too, Markdown or text, with all else in the query', async () => {
    const raw = (type: string, query: string) =>
      call('POST', `${DOCUMENTS}?${query}`, { raw: HANDBOOK, headers: { 'content-type': type } });

    const markdown = await raw('text/markdown; charset=utf-8', 'externalId=m&trust=0.25&title=Sales');
    const plain = await raw('text/plain', 'externalId=p');
    const wrong = await raw('text/markdown', 'trust=much');
    const elsewhere = await call('POST', '/v1/memories', { raw: 'x', headers: { 'content-type': 'text/plain' } });

    expect(markdown.body).toMatchObject({ title: 'Sales', trust: 0.25, format: 'markdown', passages: 3 });
    expect(plain.body).toMatchObject({ title: null, format: 'text', trust: 0.5, passages: 1 });
    expect(wrong.body).toMatchObject({ status: 422, errors: [{ pointer: '/trust' }] });
    expect(elsewhere.status).toBe(400);
  });

  it.each([
    [{ content: '' }, '/content'],
    [{ content: '# Only a heading' }, '/content'],
    [{ content: 'x', trust: 1.5 }, '/trust'],
    [{ content: 'x', format: 'pdf' }, '/format'],
    [{ content: 'x', occurredAt: 'yesterday' }, '/occurredAt'],
    [{ content: 'x', scope: 'session' }, '/scope'],
    [{ content: 'x\u0000' }, '/content'],
    [{ content: 'x', author: 'me' }, '/author'],
  ])('%j is refused at %s', async (body, pointer) => {
    const answer = await put(body);

    expect(answer.body).toMatchObject({ status: 422, code: 'invalid-request' });
    expect((answer.body.errors as Body[])[0]?.pointer).toBe(pointer);
  });

  it('is listed, read and deleted with all that it became, by its owner alone', async () => {
    const { body } = await put({ content: HANDBOOK, externalId: 'h' });
    await put({ content: HANDBOOK.replace('30', '45'), externalId: 'h' });
    const path = `${DOCUMENTS}/${String(body.id)}`;
    const stranger = { headers: { 'x-memori-user': 'stranger' } };

    const listed = await call('GET', DOCUMENTS);
    expect(undocumented(document, 'GET', DOCUMENTS, listed)).toEqual([]);
    expect(items(listed)).toMatchObject([{ id: body.id, passages: 3, version: 2 }]);
    expect(undocumented(document, 'GET', `${DOCUMENTS}/{id}`, await call('GET', path))).toEqual([]);
    expect((await admin('GET', path, stranger)).status).toBe(404);
    expect((await admin('DELETE', path, stranger)).status).toBe(404);
    expect((await call('DELETE', path)).status).toBe(204);
    expect([(await call('GET', path)).status, (await call('GET', `${DOCUMENTS}/x`)).status]).toEqual([404, 404]);
    expect(await search('refunds deliveries')).toEqual([]);
    expect(await memoriesOf(body.id)).toEqual([]);
  });

  it('of the whole tenant is for curators to bring, and for all to read', async () => {
    const key = async (roles: string[]) => {
      const { body } = await admin('POST', '/v1/admin/api-keys', { body: { name: roles[0], userId: roles[0], roles } });
      return clientOf(memori, { key: String(body.key) });
    };
    const [member, curator] = [await key(['member']), await key(['curator', 'member'])];
    const body = { content: '# Policy\n\nNobody flies first class.', scope: 'tenant' };

    expect((await member('POST', DOCUMENTS, { body })).status).toBe(403);
    const { body: made } = await curator('POST', DOCUMENTS, { body });

    expect(made).toMatchObject({ scope: 'tenant', userId: null, namespace: null });
    expect((await search('first class flights'))[0]).toMatchObject({ scope: 'tenant', document: { id: made.id } });
    expect((await member('DELETE', `${DOCUMENTS}/${String(made.id)}`)).status).toBe(403);
    expect((await curator('DELETE', `${DOCUMENTS}/${String(made.id)}`)).status).toBe(204);
  });

  it('is forgotten with its namespace, and with its user', async () => {
    await put({ content: HANDBOOK, namespace: 'shop' });
    await put({ content: HANDBOOK });

    const shop = await call('POST', '/v1/memories/forget', { body: { scope: 'namespace', id: 'shop' } });
    expect(shop.body.counts).toMatchObject({ documents: 1, memories: 3 });
    expect([await search('refunds', { namespace: 'shop' }), (await search('refunds')).length]).toEqual([[], 1]);

    await call('POST', '/v1/memories/forget', { body: { scope: 'user', id: `reader-${users}` } });
    expect([items(await call('GET', DOCUMENTS)), await search('refunds')]).toEqual([[], []]);
  });

  it('of two megabytes is taken as a whole', async () => {
    const long = Array.from(
      { length: 12_000 },
      (_, n) => `## Part ${n}\n\nThe lamp of room ${n} is checked in week ${n % 52}.\n`,
    );

    const { body } = await put({ content: long.join('\n').slice(0, 2_000_000) });

    expect(body).toMatchObject({ passages: 12_000 });
    expect((await search('lamp of room 11987'))[0]).toMatchObject({ document: { heading: 'Part 11987' } });
  }, 120_000);
});

describe('trust', () => {
  it('orders what says as much', async () => {
    const say = 'The warehouse of Bremen opens at six.';
    await put({ content: `# Gossip\n\n${say}`, trust: 0.1 });
    await put({ content: `# Gossip\n\n${say} `, externalId: 'better', trust: 0.9 });

    const found = await search('When does the warehouse of Bremen open?', { explain: true });

    expect(found.map(({ trust }) => trust)).toEqual([0.9, 0.1]);
    expect((found[1]?.signals as Body).trust).toBeCloseTo(0.55);
  });

  it('of a memory is the lowest of those that it is derived from', async () => {
    const { body } = await put({ content: '# Gossip\n\nThe shop will close.', trust: 0.2 });
    const [passage] = await memoriesOf(body.id);
    const sure = await call('POST', '/v1/memories', { body: { content: 'The shop is in Bremen.', category: 'fact' } });

    const derived = await call('POST', '/v1/memories', {
      body: {
        content: 'Never order from the shop in Bremen.',
        category: 'rule',
        sourceMemoryIds: [passage?.id, sure.body.id],
      },
    });
    const wrong = await call('POST', '/v1/memories', {
      body: { content: 'x', category: 'fact', sourceMemoryIds: ['0198c000-0000-7000-8000-000000000001'] },
    });

    expect(derived.body).toMatchObject({ trust: 0.2, essential: false, sourceMemoryIds: [passage?.id, sure.body.id] });
    expect(sure.body.trust).toBe(1);
    expect(wrong.body).toMatchObject({ status: 422, errors: [{ pointer: '/sourceMemoryIds/0' }] });
  });

  it('of a fact drawn from what an assistant said is that of what it was given to read', async () => {
    await put({ content: '# Gossip\n\nBremen will be closed in spring.', trust: 0.2 });
    const session = 'ext:talk';
    const say = (role: string, content: string) =>
      call('POST', `/v1/sessions/${session}/turns`, { body: { role, content } });
    await say('user', 'What about Bremen?');
    await call('POST', '/v1/memories/context', { body: { query: 'Bremen closed spring', sessionId: session } });
    await say('assistant', 'You had better move all orders of Bremen to Hamburg before April.');
    await say('user', 'My name is Ada.');
    claude.when({ purpose: 'memori-facts-1' }).answers((request) => {
      const fact = (content: string, word: string) => ({
        ...{
          content,
          category: 'rule',
          importance: 0.9,
          subject: null,
          predicate: null,
          validFrom: null,
          validTo: null,
        },
        turnIds: [
          request.question
            .split('\n')
            .find((line) => line.includes(word))
            ?.slice(0, 36) ?? '',
        ],
      });
      return replies.json({
        facts: [fact('Orders of Bremen go to Hamburg.', 'better move'), fact('Her name is Ada.', 'Ada')],
      });
    });

    await settle(memori);

    const drawn = items(await call('GET', '/v1/memories')).filter(({ origin }) => origin === 'drawn');
    expect(drawn.map(({ content, trust, essential }) => [content, trust, essential]).sort()).toEqual([
      ['Her name is Ada.', 1, true],
      ['Orders of Bremen go to Hamburg.', 0.2, false],
    ]);
  });
});
