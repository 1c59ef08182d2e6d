import { withClient } from '@memori/database';
import { FakeClaude, replies } from '@memori/testing';
import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Answer, type Body, type Call, clientOf } from './support/client';
import { type ApiDocument, undocumented } from './support/document';
import { openShop, type Shop } from './support/shop';

const CACHING = { MEMORI_ENABLE_CACHING: 'true', MEMORI_CACHE_TTL_SECONDS: '86400' };
const COUNT = 'SELECT count(*) AS n FROM customers';

let claude: FakeClaude;
let memori: BootedMemori;
let other: BootedMemori;
let call: Call;
let shop: Shop;

beforeAll(async () => {
  claude = await FakeClaude.start();
  memori = await bootMemori({ claude, env: CACHING });
  // Another instance, without a model: what it answers, a model was not asked for.
  other = await bootMemori({ beside: memori, env: CACHING });
  call = clientOf(memori);
  shop = await openShop(call);
});

afterAll(async () => {
  await other?.close();
  await memori?.close();
  await shop?.close();
  await claude?.stop();
});

beforeEach(() => claude.reset());

interface Asking {
  readonly by?: Call;
  readonly user?: string;
  readonly more?: object;
}

let newcomers = 0;

/** By somebody who never asked anything, unless it is said who: what one was told before may bear on an answer. */
function ask(question: string, { by = call, user = `newcomer-${++newcomers}`, more }: Asking = {}): Promise<Answer> {
  return by('POST', '/v1/questions', {
    headers: { 'x-memori-user': encodeURIComponent(user) },
    body: { question, ...more },
  });
}

const inShop = (sql: string) => withClient(shop.database.admin, (client) => client.query(sql));
const source = ({ body }: Answer) => body.source;

/** Asks once by the model, which writes this SQL. */
async function answered(question: string, sql = COUNT, options: Asking = {}): Promise<Body> {
  claude.next(replies.sql(sql, { explanation: 'Counts them.', assumptions: ['All of them.'] }));
  const { status, body } = await ask(question, options);
  expect([status, body.source]).toEqual([200, 'model']);
  return body;
}

it('serves an equal question its SQL, executed again, with what the first answer said of it', async () => {
  const first = await answered('How many customers are on the list?');
  await inShop("INSERT INTO customers VALUES (100, 'Newcomer', 'Rome', NULL, NULL)");

  const again = await ask('Please, how many customers are on the list', { user: 'bob' });

  expect(again.body).toMatchObject({
    status: 'answered',
    source: 'cache',
    sql: COUNT,
    rows: [[String(Number((first.rows as string[][])[0]?.[0]) + 1)]],
    explanation: 'Counts them.',
    assumptions: ['All of them.'],
    confidence: 'medium',
    usage: { model: null, attempts: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 },
  });
  expect(claude.requests).toHaveLength(1);
  const document = (await call('GET', '/openapi.json')).body as unknown as ApiDocument;
  expect(undocumented(document, 'POST', '/v1/questions', again)).toEqual([]);
  const { body: turns } = await call('GET', `/v1/sessions/${String(again.body.sessionId)}/turns`, {
    headers: { 'x-memori-user': 'bob' },
  });
  expect(turns.items).toMatchObject([{ role: 'user' }, { role: 'assistant', content: 'Counts them.' }]);
});

it('writes down once what was saved: what the first answer had cost', async () => {
  const { usage } = await answered('How many customers cost something?', COUNT, { user: 'payer' });
  await ask('How many customers cost something', { user: 'saver' });

  const report = await call('GET', '/v1/usage?groupBy=source', { headers: { 'x-memori-user': 'saver' } });

  expect(report.body.items).toMatchObject([
    { key: 'cache', answersWithoutModel: 1, attempts: 0, costUsd: 0, savedUsd: (usage as { costUsd: number }).costUsd },
  ]);
});

it('serves from another instance, where no model is configured', async () => {
  await answered('How many customers are everywhere?');

  const served = await ask('How many customers are everywhere?', { by: clientOf(other) });
  const unknown = await ask('How many customers are nowhere?', { by: clientOf(other) });

  expect(source(served)).toBe('cache');
  expect([unknown.status, unknown.body.code]).toEqual([503, 'model-not-configured']);
});

it('quotes nothing for what is stored', async () => {
  await answered('How many customers are quoted?');

  const quoted = await ask('How many customers are quoted?', { more: { dryRun: true } });

  expect(quoted.body).toMatchObject({ source: 'cache', quote: { source: 'cache', model: null } });
});

it('asks the model anew for another language, time zone or model', async () => {
  await answered('How many customers are there to say?');

  for (const more of [{ language: 'de' }, { timeZone: 'Asia/Shanghai' }, { model: 'claude-opus-5-5' }])
    await answered('How many customers are there to say?', COUNT, { more });
  expect(source(await ask('How many customers are there to say?'))).toBe('cache');
});

it('keeps what used the memories of a user with that user, and never serves it when they changed', async () => {
  const namespace = `schema:${shop.id}`;
  const headers = { 'x-memori-user': 'carla' };
  const memory = {
    content: 'Penguin customers are those of London.',
    category: 'preference',
    importance: 1,
    namespace,
  };
  const kept = await call('POST', '/v1/memories', { headers, body: memory });
  const question = 'How many penguin customers have we?';
  await answered(question, COUNT, { user: 'carla' });

  expect(source(await ask(question, { user: 'carla' }))).toBe('cache');
  claude.answers(COUNT);
  expect(source(await ask(question, { user: 'dora' }))).toBe('model');
  await call('PATCH', `/v1/memories/${String(kept.body.id)}`, { headers, body: { content: 'Penguins are of Rome.' } });
  expect(source(await ask(question, { user: 'carla' }))).toBe('model');
  expect(source(await ask(question, { user: 'carla' }))).toBe('cache');
  await call('DELETE', `/v1/memories/${String(kept.body.id)}`, { headers });
  expect(source(await ask(question, { user: 'carla' }))).toBe('cache'); // dora's answer, which used nothing of anybody
  expect(claude.requests).toHaveLength(3);
});

it('serves to others what shows nothing of what its user had asked before, and nothing else', async () => {
  const paris = "SELECT count(*) AS n FROM customers WHERE city = 'Paris'";
  await answered('How many customers live in Paris?', paris, { user: 'rita' });
  await answered('How many customers have no mood at all?', COUNT, { user: 'rita' });
  const likened = await answered('How many customers live in the capital of fashion?', paris, { user: 'rita' });

  expect(source(await ask('How many customers have no mood at all?', { user: 'tom' }))).toBe('cache');
  expect(likened.memories).not.toEqual([]);
  expect(source(await ask('How many customers live in the capital of fashion?', { user: 'rita' }))).toBe('cache');
  claude.answers(COUNT);
  expect(source(await ask('How many customers live in the capital of fashion?', { user: 'tom' }))).toBe('model');
});

it('keeps what used the history of a session in that session', async () => {
  const { sessionId } = await answered('How many customers live in London?', COUNT, { user: 'eve' });
  await answered('And in Paris?', COUNT, { user: 'eve', more: { sessionId } });
  claude.answers(COUNT);

  // Its own first asking stands between: the same words may mean something else now.
  expect(source(await ask('How many customers live in London?', { user: 'eve', more: { sessionId } }))).toBe('model');
  expect(source(await ask('And in Paris?', { user: 'eve' }))).toBe('model');
  expect(source(await ask('How many customers live in London?', { user: 'eve' }))).toBe('cache');
});

it('goes on in a session where the same words mean the next step, and serves a repeat that stands alone', async () => {
  const { sessionId } = await answered('Customers, ten at a time?', COUNT, { user: 'quinn' });
  const more = { sessionId };
  expect(source(await ask('customers, ten at a time', { user: 'quinn', more }))).toBe('cache');
  const next = (offset: number) => `SELECT name FROM customers ORDER BY id LIMIT 10 OFFSET ${offset}`;

  await answered('The next ten', next(10), { user: 'quinn', more });

  await answered('The next ten', next(20), { user: 'quinn', more });
});

it('asks the model again when the user has told something in another session since', async () => {
  await answered('How many walrus customers are there?', COUNT, { user: 'finn' });
  await answered('Which walrus customers ordered?', COUNT, { user: 'finn' });
  expect(source(await ask('How many walrus customers are there?', { user: 'finn' }))).toBe('cache');

  await answered('By walrus customers I mean those of Rome. Who are they?', COUNT, { user: 'finn' });

  await answered('How many walrus customers are there?', COUNT, { user: 'finn' });
});

it.each([
  [
    'a rule of the tenant',
    () =>
      call('POST', '/v1/memories', { body: { content: 'Customers are people.', category: 'rule', scope: 'tenant' } }),
  ],
  [
    'a verified query',
    () =>
      call('POST', '/v1/verified-queries', {
        body: {
          dataSourceId: shop.id,
          question: 'Who is happy?',
          sql: "SELECT name FROM customers WHERE mood = 'happy'",
        },
      }),
  ],
  [
    'what the data source is about',
    () => call('PATCH', `/v1/data-sources/${shop.id}`, { body: { description: 'A shop.' } }),
  ],
  [
    'the schema',
    async () => {
      await inShop('ALTER TABLE customers ADD COLUMN rank integer');
      return call('POST', `/v1/data-sources/${shop.id}/sync`);
    },
  ],
])('asks the model again after a change of %s', async (what, change) => {
  const question = `How many customers are there before ${what}?`;
  await answered(question);
  expect(source(await ask(question))).toBe('cache');

  expect((await change()).status).toBeLessThan(300);

  await answered(question);
});

it('does not empty itself when a data source is synchronised and nothing changed', async () => {
  await answered('How many customers stay?');
  await call('POST', `/v1/data-sources/${shop.id}/sync`);

  expect(source(await ask('How many customers stay?'))).toBe('cache');
});

describe('the verdict "incorrect"', () => {
  it.each(['the answer of the model', 'a repeat, by another instance'])('on %s evicts it at once', async (which) => {
    const question = `How many customers are wrong in ${which}?`;
    const user = (name: string) => ({ user: `${name} of ${which.length}` });
    const first = await answered(question, 'SELECT count(*) AS n FROM orders', user('zoe'));
    const repeat = await ask(question, user('gus'));
    expect(source(repeat)).toBe('cache');

    const isRepeat = which.startsWith('a repeat');
    const by = isRepeat ? clientOf(other) : call;
    const path = `/v1/questions/${String(isRepeat ? repeat.body.id : first.id)}/feedback`;
    const headers = { 'x-memori-user': encodeURIComponent(user(isRepeat ? 'gus' : 'zoe').user) };
    expect((await by('POST', path, { headers, body: { verdict: 'incorrect' } })).status).toBe(200);

    // The same SQL is not stored again, other SQL is.
    await answered(question, 'SELECT count(*) AS n FROM orders', user('hal'));
    await answered(question, COUNT, user('ida'));
    expect(await ask(question, user('jon'))).toMatchObject({ body: { source: 'cache', sql: COUNT } });
  });

  it('leaves what "correct" is said of', async () => {
    const { id } = await answered('How many customers are right?', COUNT, { user: 'pia' });
    const headers = { 'x-memori-user': 'pia' };
    await call('POST', `/v1/questions/${String(id)}/feedback`, { headers, body: { verdict: 'correct' } });

    expect(source(await ask('How many customers are right?'))).toBe('cache');
  });
});

it('goes on to the model when the stored SQL no longer runs, and forgets it', async () => {
  await inShop('CREATE TABLE fleeting (n integer)');
  await call('POST', `/v1/data-sources/${shop.id}/sync`);
  await answered('How many are fleeting?', 'SELECT count(*) AS n FROM fleeting');
  await inShop('DROP TABLE fleeting');

  await answered('How many are fleeting?', COUNT, { user: 'kim' });

  expect(await ask('How many are fleeting?')).toMatchObject({ body: { source: 'cache', sql: COUNT } });
  const metrics = (await call('GET', '/metrics')).text.match(/^memori_cache.*$/gm)?.join('\n');
  expect(metrics).toMatch(/memori_cache_lookups_total\{outcome="failed"\} 1/);
  expect(metrics).toMatch(/memori_cache_evictions_total\{reason="failed"\} 1/);
  expect(metrics).toMatch(/memori_cache_lookups_total\{outcome="hit"\} [1-9]/);
});

it('stores neither failures, nor questions back, nor what was not executed, nor what holds a moment', async () => {
  const twice = async (question: string, reply: Parameters<FakeClaude['next']>[0], more = {}) => {
    claude.reset();
    claude.answers(reply);
    for (const user of ['lou', 'max']) await ask(question, { user, more });
    return claude.requests.length;
  };

  expect(await twice('Which customers?', replies.clarification('Which?', ['a', 'b']))).toBe(2);
  expect(await twice('What is the weather?', replies.refusal('Not in here.'))).toBe(2);
  expect(await twice('How many, unseen?', COUNT, { execute: false })).toBe(2);
  expect(
    await twice('Orders of the last hour?', "SELECT id FROM orders WHERE ordered_at > '2026-11-25 12:07:00Z'"),
  ).toBe(2);
});

it('forgets what came of a session that is forgotten', async () => {
  const { sessionId } = await answered('How many customers are to be forgotten?', COUNT, { user: 'nora' });
  const headers = { 'x-memori-user': 'nora' };
  const forgotten = await call('POST', '/v1/memories/forget', { headers, body: { scope: 'session', id: sessionId } });
  expect(forgotten.status).toBe(200);

  await answered('How many customers are to be forgotten?', COUNT, { user: 'otto' });
});

it('answers many equal questions at once, each of them', async () => {
  claude.answers(COUNT);
  const users = Array.from({ length: 12 }, (_, index) => `user-${index % 4}`);
  const answers = await Promise.all(users.map((user) => ask('How many customers at once?', { user })));

  expect(answers.map(({ status }) => status)).toEqual(users.map(() => 200));
  expect(source(await ask('How many customers at once?'))).toBe('cache');
});
