import { FakeClaude, replies } from '@memori/testing';
import { BY_HAND, settle } from './support/background';
import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Answer, type Body, type Call, clientOf } from './support/client';
import { type ApiDocument, undocumented } from './support/document';

let claude: FakeClaude;
let memori: BootedMemori;
let admin: Call;
let document: ApiDocument;
let count = 0;

const NDJSON = { 'content-type': 'application/x-ndjson' };
const EXPORT = '/v1/memories/export';
const IMPORT = '/v1/memories/import';
const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

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
  claude.when({ purpose: 'memori-facts-1' }).answers(replies.json({ facts: [] }));
});

/** A member, or curator, of a tenant that holds nothing. */
async function aUser(roles = ['member'], userId = 'ada'): Promise<Call> {
  const { body: tenant } = await admin('POST', '/v1/admin/tenants', { body: { name: `tenant ${++count}` } });
  const { body } = await admin('POST', '/v1/admin/api-keys', {
    body: { name: 'key', userId, tenantId: tenant.id, roles },
  });
  return clientOf(memori, { key: String(body.key) });
}

const bring = (call: Call, lines: readonly (object | string)[]) =>
  call('POST', IMPORT, {
    raw: lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
    headers: NDJSON,
  });
const exported = async (call: Call) => (await call('POST', EXPORT)).text;
const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Body);
const listOf = async (call: Call, path: string) => (await call('GET', path)).body.items as Body[];
const nothing = { session: 0, turn: 0, summary: 0, document: 0, memory: 0, memoryVersion: 0 };

/** Every kind of thing that a user can have, made by the API and the jobs. */
async function live(call: Call): Promise<void> {
  await call('POST', '/v1/sessions', {
    body: { externalId: 'chat', title: '标题', namespace: 'shop', ttlSeconds: 777 },
  });
  const say = (session: string, body: unknown) => call('POST', `/v1/sessions/${session}/turns`, { body });
  await say('ext:chat', [
    {
      role: 'user',
      content: 'I live in Berlin.',
      externalId: 't1',
      occurredAt: '2024-01-05T10:00:00.123Z',
      name: 'Ada',
    },
    { role: 'assistant', content: '好的。\n\nNoted.' },
    { role: 'user', content: 'I live in Munich now.', occurredAt: '2024-06-05T10:00:00Z' },
  ]);
  claude.when({ purpose: 'memori-facts-1' }).answers((request) => {
    const facts = request.question.split('\n').flatMap((line) => {
      const [, city] = /I live in (\w+)/.exec(line) ?? [];
      if (!city) return [];
      const content = `The user lives in ${city}.`;
      const more = { category: 'fact', importance: 0.8, subject: 'user', predicate: 'lives in' };
      return [{ content, ...more, validFrom: null, validTo: null, turnIds: [line.slice(0, 36)] }];
    });
    return replies.json({ facts });
  });
  await settle(memori);
  const long = Array.from({ length: 40 }, (_, n) => ({ role: 'user', content: `Line ${n} of a long talk.` }));
  await call('POST', '/v1/sessions', { body: { externalId: 'long', namespace: 'shop' } });
  await say('ext:long', long);
  claude.nextFor('memori-summary-1', replies.json({ summary: 'A long talk.', turnIds: [] }));
  await settle(memori);
  await call('POST', '/v1/sessions', { body: { externalId: 'alone', isolated: true } });
  await say('ext:alone', { role: 'user', content: 'Nobody may know.' });
  await call('POST', '/v1/memories', {
    body: { content: 'Stays here.', category: 'context', scope: 'session', sessionId: 'ext:alone' },
  });
  await call('POST', '/v1/sessions/ext:long/archive');
  const told = await call('POST', '/v1/memories', {
    body: {
      content: 'Prefers tea.',
      category: 'preference',
      importance: 0.9,
      trust: 0.8,
      validFrom: '2023-02-01',
      validTo: '2030-01-01',
    },
  });
  await call('PATCH', `/v1/memories/${String(told.body.id)}`, {
    body: { content: 'Prefers green tea.', importance: 0.75 },
  });
  await call('POST', '/v1/memories', {
    body: { content: 'Serve green tea.', category: 'rule', sourceMemoryIds: [told.body.id] },
  });
  const page = (days: number) => `# Refunds\n\nWithin ${days} days.\n\n## Abroad\n\nBy ship.`;
  for (const days of [30, 60])
    await call('POST', '/v1/memories/documents', {
      body: {
        content: page(days),
        externalId: 'refunds',
        source: 'https://wiki.example',
        trust: 0.4,
        occurredAt: '2024-02-29',
      },
    });
  await call('POST', '/v1/memories/context', { body: { query: 'green tea' } });
}

/** Lines with a name in place of each id, in an order of their own: what two owners of the same things share. */
function nameless(text: string): Body[] {
  const lines = linesOf(text).filter(({ kind }) => kind !== 'export');
  const names = new Map<string, string>();
  for (const { kind, id, content, externalId, seq } of lines)
    if (typeof id === 'string')
      names.set(id, [kind, externalId, content, seq].filter((part) => part != null).join(' '));
  return lines
    .map((line) => JSON.stringify(line).replaceAll(ID, (id) => JSON.stringify(names.get(id) ?? '?').slice(1, -1)))
    .sort()
    .map((line) => JSON.parse(line) as Body);
}

describe('an export that is imported', () => {
  it('gives an empty tenant all that there was, and the second time changes nothing', async () => {
    const [here, there] = [await aUser(), await aUser()];
    await live(here);
    const text = await exported(here);

    const first = await bring(there, [text]);
    const copy = await exported(there);
    const second = await bring(there, [text]);

    expect(undocumented(document, 'POST', IMPORT, first)).toEqual([]);
    expect(first.status).toBe(200);
    const countOf = (wanted: string) => linesOf(text).filter(({ kind }) => kind === wanted).length;
    expect(first.body.imported).toEqual({
      ...{ session: 3, turn: 44, summary: 1, document: 1 },
      ...{ memory: countOf('memory'), memoryVersion: countOf('memoryVersion') },
    });
    expect(nameless(copy)).toEqual(nameless(text));
    expect(nameless(text).filter((line) => JSON.stringify(line).includes('"?"'))).toEqual([]);
    expect(second.body).toMatchObject({ imported: nothing, unchanged: first.body.imported });
    expect(await exported(there)).toBe(copy);
  }, 120_000);

  it('answers as it did: recall, chains, the block, sessions', async () => {
    const [here, there] = [await aUser(), await aUser()];
    await live(here);
    await bring(there, [await exported(here)]);
    const views = async (call: Call) => {
      const search = async (query: string, more: Body) => {
        const found = (await call('POST', '/v1/memories/search', { body: { query, ...more } })).body.items as Body[];
        return found.map(({ content, score, occurredAt, trust }) => ({ content, score, occurredAt, trust }));
      };
      const cities = (await listOf(call, '/v1/memories?namespace=shop')).filter(({ origin }) => origin === 'drawn');
      const history = await call('GET', `/v1/memories/${String(cities[0]?.id)}/history`);
      return {
        found: await search('Where does the user live?', { namespace: 'shop' }),
        then: await search('Where does the user live?', { namespace: 'shop', asOf: '2024-03-01', kinds: ['fact'] }),
        refunds: await search('refunds within days', { kinds: ['fact'] }),
        isolated: await search('who may know what stays here', { sessionId: 'ext:alone' }),
        block: (await call('POST', '/v1/memories/context', { body: { query: 'x' } })).body.text,
        chain: (history.body.chain as Body[]).map(({ content, validTo }) => [content, validTo]),
        summary: (await call('GET', '/v1/sessions/ext:long/summary')).body.content,
        archived: (await call('POST', '/v1/sessions/ext:long/turns', { body: { role: 'user', content: 'x' } })).status,
        cities: cities.map(({ content, sourceTurnIds }) => [content, (sourceTurnIds as string[]).length]).sort(),
      };
    };

    const views1 = await views(here);

    expect(views1.chain).toHaveLength(2);
    expect(views1.then.map(({ content }) => content)).toContain('The user lives in Berlin.');
    expect(views1.isolated).toHaveLength(2);
    expect(await views(there)).toEqual(views1);
  }, 120_000);

  it('comes back under its own ids where it came from, after it was forgotten', async () => {
    const here = await aUser();
    await live(here);
    const text = await exported(here);
    const receipt = await here('POST', '/v1/memories/forget', { body: { scope: 'user', id: 'ada' } });
    expect(receipt.body).toMatchObject({ counts: { sessions: 3, turns: 44, documents: 1 } });
    expect(linesOf(await exported(here))).toHaveLength(1);

    const { status } = await bring(here, [text]);

    expect(status).toBe(200);
    expect(await exported(here)).toBe(text);
  }, 120_000);

  it('brings what changed since, and draws no facts again', async () => {
    const [here, there] = [await aUser(), await aUser()];
    await live(here);
    await bring(there, [await exported(here)]);
    await here('POST', '/v1/sessions/ext:chat/turns', { body: { role: 'user', content: 'I live in Hamburg now.' } });
    await settle(memori);
    const calls = claude.requests.length;

    const { body } = await bring(there, [await exported(here)]);
    await settle(memori);

    expect(body.imported).toEqual({ ...nothing, session: 1, turn: 1, memory: 2, memoryVersion: 2 });
    expect(nameless(await exported(there))).toEqual(nameless(await exported(here)));
    expect(claude.requests.length).toBe(calls);
    const living = (await listOf(there, '/v1/memories?namespace=shop')).filter(
      ({ supersededBy }) => supersededBy === null,
    );
    expect(living.map(({ content }) => content)).toEqual(['The user lives in Hamburg.']);
  }, 120_000);

  it('is there once when it is sent twice at once', async () => {
    const [here, there] = [await aUser(), await aUser()];
    await live(here);
    const text = await exported(here);

    const answers = await Promise.all([bring(there, [text]), bring(there, [text]), bring(there, [text])]);

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(answers.filter(({ body }) => (body.imported as Body).turn !== 0)).toHaveLength(1);
    expect(nameless(await exported(there))).toEqual(nameless(text));
  }, 120_000);

  it('of one session holds what it taught, and nothing else', async () => {
    const [here, there] = [await aUser(), await aUser()];
    await live(here);

    const answer = await here('GET', '/v1/sessions/ext:chat/export');
    const lines = linesOf(answer.text);
    const { body } = await bring(there, [answer.text]);

    expect(answer.headers.get('content-type')).toContain('application/x-ndjson');
    expect(lines.map(({ kind }) => kind)).toEqual([
      ...['export', 'session', 'turn', 'turn', 'turn', 'memory', 'memory'],
      ...['memoryVersion', 'memoryVersion', 'memoryVersion'],
    ]);
    expect(body.imported).toEqual({ ...nothing, session: 1, turn: 3, memory: 2, memoryVersion: 3 });
    expect((await here('GET', '/v1/sessions/ext:nobody/export')).status).toBe(404);
    expect((await there('GET', `/v1/sessions/${String(lines[1]?.id)}/export`)).status).toBe(404);
  }, 120_000);
});

describe('an import', () => {
  it('takes lines that somebody wrote by hand, each once', async () => {
    const call = await aUser();
    const lines = [
      { content: '活跃客户指近30天内下过单的客户', category: 'rule', namespace: 'shop' },
      { kind: 'memory', content: 'Lives in Rome.', category: 'fact', createdAt: '2020-01-01T00:00:00Z' },
      '',
    ];

    const first = await bring(call, lines);
    const again = await bring(call, lines);

    expect(first.body).toMatchObject({ lines: 2, imported: { memory: 2 } });
    expect(again.body).toMatchObject({ imported: nothing, unchanged: { memory: 2 } });
    const [rule] = await listOf(call, '/v1/memories?namespace=shop');
    expect(rule).toMatchObject({ origin: 'told', essential: true, trust: 1, version: 1 });
    expect((await call('GET', `/v1/memories/${String(rule?.id)}/history`)).body.items).toHaveLength(1);
    const found = await call('POST', '/v1/memories/search', { body: { query: '什么是活跃客户', namespace: 'shop' } });
    expect((found.body.items as Body[])[0]).toMatchObject({ id: rule?.id });
  });

  const SESSION = { kind: 'session', id: '0198c000-0000-7000-8000-000000000001', namespace: 'shop' };
  const TURN = {
    kind: 'turn',
    id: '0198c000-0000-7000-8000-000000000002',
    sessionId: SESSION.id,
    role: 'user',
    content: 'Hi',
  };
  const FACT = { id: '0198c000-0000-7000-8000-000000000003', content: 'Says hi.', category: 'fact', namespace: 'shop' };

  it.each<[string, (object | string)[], string, string]>([
    ['no JSON', [FACT, '{"content": '], '/2', 'is no JSON'],
    ['no object', ['[1]'], '/1', 'is no JSON object'],
    ['a kind that is none', [SESSION, { kind: 'thought' }], '/2/kind', 'must be one of'],
    ['a field that is none', [{ ...FACT, colour: 'red' }], '/1/colour', 'is not a field of a memory'],
    ['no text', [FACT, { category: 'fact' }], '/2/content', 'is needed'],
    ['too much weight', [{ ...FACT, importance: 7 }], '/1/importance', 'from 0 to 1'],
    ['a date that is none', [{ ...FACT, validFrom: 'soon' }], '/1/validFrom', 'must be a date'],
    ['a turn before its session', [TURN, SESSION], '/1', 'its session stands neither'],
    ['a session that is nowhere', [{ ...FACT, scope: 'session', sessionId: SESSION.id }], '/1', 'its session stands'],
    ['a document that is nowhere', [{ ...FACT, documentId: SESSION.id }], '/1', 'its document stands'],
    [
      'a state of nothing',
      [{ kind: 'memoryVersion', memoryId: FACT.id, version: 1, content: 'x', category: 'fact' }],
      '/1',
      'its memory stands',
    ],
    ['the tenant, of a member', [SESSION, { ...FACT, namespace: null, scope: 'tenant' }], '/2/scope', 'for curators'],
    ['half a character', ['{"content":"\\ud800","category":"fact"}'], '/1/content', 'surrogate'],
  ])('refuses a file with %s, says where, and writes nothing of it', async (_, lines, pointer, message) => {
    const call = await aUser();

    const answer = await bring(call, [{ content: 'A good line.', category: 'fact' }, ...lines]);

    const shifted = pointer.replace(/\d+/, (number) => String(Number(number) + 1));
    expect(answer.body).toMatchObject({ status: 422, code: 'invalid-request' });
    const [error] = answer.body.errors as Body[];
    expect(error?.pointer).toBe(shifted);
    expect(error?.message).toContain(message);
    expect(error?.message).toContain(`line ${shifted.split('/')[1] ?? ''}:`);
    expect(linesOf(await exported(call))).toHaveLength(1);
  });

  it('tells several mistakes at once', async () => {
    const answer = await bring(await aUser(), ['x', FACT, 'y', { ...FACT, trust: -1, category: 'lie' }]);

    expect((answer.body.errors as Body[]).map(({ pointer }) => pointer)).toEqual([
      '/1',
      '/3',
      '/4/category',
      '/4/trust',
    ]);
  });

  it('tells the line that is no UTF-8', async () => {
    const call = await aUser();
    const fact = Buffer.from(`${JSON.stringify(FACT)}\n`);
    const raw = Buffer.concat([fact, Buffer.from([0xff, 0xfe, 0x0a]), fact]);

    const { status, body } = await call('POST', IMPORT, { raw, headers: NDJSON });

    expect([status, (body.errors as Body[])[0]]).toMatchObject([422, { pointer: '/2' }]);
    expect(await listOf(call, '/v1/memories')).toEqual([]);
  });

  it('finds the sources of a fact that comes before them, and leaves out those that never come', async () => {
    const call = await aUser();
    const missing = '0198c000-0000-7000-8000-00000000000f';

    const { body } = await bring(call, [
      { ...FACT, origin: 'drawn', sourceTurnIds: [TURN.id, missing], supersedes: missing },
      SESSION,
      TURN,
    ]);

    const [fact] = await listOf(call, '/v1/memories?namespace=shop');
    const [turn] = await listOf(call, `/v1/sessions/${String((await listOf(call, '/v1/sessions'))[0]?.id)}/turns`);
    expect(body.imported).toMatchObject({ session: 1, turn: 1, memory: 1 });
    expect(fact).toMatchObject({ sourceTurnIds: [turn?.id], supersedes: null });
  });

  it('leaves what is there as it is: the same external id, the same fact', async () => {
    const call = await aUser();
    await call('POST', '/v1/sessions', { body: { externalId: 'mine', namespace: 'shop' } });
    const fact = { ...FACT, origin: 'drawn' };

    const taken = await bring(call, [{ ...SESSION, externalId: 'mine' }]);
    await bring(call, [fact]);
    const twin = await bring(call, [
      { ...fact, id: '0198c000-0000-7000-8000-000000000004' },
      {
        ...FACT,
        id: '0198c000-0000-7000-8000-000000000005',
        content: 'More.',
        sourceMemoryIds: ['0198c000-0000-7000-8000-000000000004'],
      },
    ]);

    expect(taken.body.errors).toEqual([
      { pointer: '/1', message: 'line 1: another session of yours has its externalId' },
    ]);
    expect(twin.body).toMatchObject({ imported: { memory: 1 }, unchanged: { memory: 1 } });
    const memories = await listOf(call, '/v1/memories?namespace=shop');
    const [more, first] = ['More.', 'Says hi.'].map((content) => memories.find((memory) => memory.content === content));
    expect(more?.sourceMemoryIds).toEqual([first?.id]);
  });

  it('cannot reach what belongs to others, whatever ids it names and wherever it says to come from', async () => {
    const victim = await aUser();
    await live(victim);
    const lines = linesOf(await exported(victim));
    const before = await exported(victim);
    const secret = lines.find(({ content }) => content === 'Prefers green tea.') ?? {};
    const thief = await aUser(['curator', 'member'], 'eve');
    const { body: me } = await thief('GET', '/v1/me');
    const home = { kind: 'export', format: 1, tenantId: me.tenantId, userId: me.userId };

    const answers = [
      await bring(thief, [home, { ...secret, content: 'Overwritten.', updatedAt: '2099-01-01T00:00:00Z', version: 9 }]),
      await bring(thief, [home, { ...TURN, sessionId: lines[1]?.id }]),
      await bring(thief, [home, { ...FACT, supersededBy: secret.id, sourceMemoryIds: [secret.id] }]),
    ];

    expect(answers.map(({ status }) => status)).toEqual([422, 422, 200]);
    expect(await exported(victim)).toBe(before);
    expect((await listOf(thief, '/v1/memories'))[0]).toMatchObject({ supersededBy: null });
  }, 120_000);

  it('of a curator brings what is the whole tenant’s', async () => {
    const [here, there] = [await aUser(['curator', 'member']), await aUser(['curator', 'member'])];
    await here('POST', '/v1/memories', { body: { content: 'Amounts in euro.', category: 'rule', scope: 'tenant' } });
    await here('POST', '/v1/memories/documents', { body: { content: '# P\n\nNo flights.', scope: 'tenant' } });

    const text = await exported(here);
    const { body } = await bring(there, [text]);
    const again = await bring(there, [text]);

    expect(body.imported).toMatchObject({ memory: 2, document: 1, memoryVersion: 2 });
    expect(again.body.imported).toEqual(nothing);
    expect(nameless(await exported(there))).toEqual(nameless(text));
  });

  it('takes a large file line by line, and nothing of one that breaks off', async () => {
    const call = await aUser();
    const session = (n: number) => ({ ...SESSION, id: `0198c000-0000-7000-8000-1000000000${n + 10}` });
    const turns = (n: number) =>
      Array.from({ length: 1000 }, (_, at) => ({
        ...{ kind: 'turn', id: `0198c000-0000-7000-8000-2000${String(n * 1000 + at).padStart(8, '0')}` },
        ...{
          sessionId: session(n).id,
          role: 'user',
          content: `The lamp number ${n * 1000 + at} is checked on Mondays.`,
        },
      }));
    const all = Array.from({ length: 10 }, (_, n) => [session(n), ...turns(n)]).flat();

    const broken = await bring(call, [...all, '{"kind":"turn"']).catch(() => undefined);
    const left = linesOf(await exported(call)).length;
    const whole = await bring(call, all);

    expect([broken?.status, left]).toEqual([422, 1]);
    expect(whole.body.imported).toMatchObject({ session: 10, turn: 10_000 });
    const found = await call('POST', '/v1/memories/search', { body: { query: 'lamp number 9876', namespace: 'shop' } });
    expect((found.body.items as Body[])[0]?.content).toContain('9876');
  }, 200_000);

  it('is NDJSON alone', async () => {
    const answer: Answer = await (await aUser())('POST', IMPORT, { body: FACT });

    expect(answer.body).toMatchObject({ status: 400, code: 'invalid-request' });
  });
});
