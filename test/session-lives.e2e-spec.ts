import { withClient } from '@memori/database';
import { FakeClaude, replies } from '@memori/testing';
import { BY_HAND, settle } from './support/background';
import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Body, type Call, clientOf } from './support/client';
import { openShop, type Shop } from './support/shop';

let claude: FakeClaude;
let memori: BootedMemori;
let cold: BootedMemori;
let shop: Shop;
let call: Call;

beforeAll(async () => {
  claude = await FakeClaude.start();
  memori = await bootMemori({ claude, env: BY_HAND });
  // One live session only: every other is rebuilt from the database.
  cold = await bootMemori({ claude, beside: memori, env: { ...BY_HAND, MEMORI_SESSION_CACHE_SIZE: '1' } });
  call = clientOf(memori);
  shop = await openShop(call);
});
afterAll(async () => {
  await cold?.close();
  await memori?.close();
  await claude?.stop();
  await shop?.close();
});
beforeEach(() => {
  claude.reset();
  claude.when({ purpose: 'memori-facts-1' }).answers(replies.json({ facts: [] }));
});

async function open(input: Body = {}): Promise<string> {
  const { body } = await call('POST', '/v1/sessions', { body: { namespace: `schema:${shop.id}`, ...input } });
  return String(body.id);
}

const ask = (sessionId: string, question: string, ask: Call = call) => {
  claude.next(replies.sql('SELECT 1 AS one'));
  return ask('POST', '/v1/questions', { body: { question, dataSourceId: shop.id, sessionId } });
};
const sql = (text: string, params: unknown[] = []) =>
  withClient(memori.db.superuser, (client) => client.query(text, params));
const search = async (query: string, more: Body = {}) =>
  (await call('POST', '/v1/memories/search', { body: { query, namespace: `schema:${shop.id}`, ...more } })).body
    .items as Body[];

it('has a budget of its own, beside those of its user and its tenant', async () => {
  const [tight, free] = [await open(), await open()];
  await call('PUT', `/v1/admin/budgets/session/${tight}`, { body: { window: 'total', tokens: 1 } });

  const refused = await ask(tight, 'How many customers are there?');
  const answered = await ask(free, 'How many customers are there?');
  const standing = await call('GET', `/v1/admin/budgets/session/${free}`);

  expect(refused.body).toMatchObject({ status: 429, code: 'budget-exhausted', limitSource: 'session/total' });
  expect(answered.body.status).toBe('answered');
  expect((standing.body.items as Body[])[0]?.postedTokens).toBeGreaterThan(0);
});

it('gives each session the limit that all have, until it has one of its own', async () => {
  await call('PUT', '/v1/admin/budgets/session/*', { body: { window: 'total', tokens: 1 } });
  const [one, other] = [await open(), await open()];
  await call('PUT', `/v1/admin/budgets/session/${other}`, { body: { window: 'total', tokens: 1_000_000 } });

  const answers = [await ask(one, 'How many orders?'), await ask(other, 'How many orders?')];
  await call('DELETE', '/v1/admin/budgets/session/*');

  expect(answers.map(({ body }) => body.code ?? body.status)).toEqual(['budget-exhausted', 'answered']);
});

it('expires by its life and is closed then, while what was said and taught stays to be found', async () => {
  const session = await open({ externalId: 'short', ttlSeconds: 3600 });
  await call('POST', `/v1/sessions/${session}/turns`, {
    body: { role: 'user', content: 'The zebra account is the one of the zoo.' },
  });
  claude.nextFor('memori-facts-1', (request) =>
    replies.json({
      facts: [
        {
          ...{ content: 'Zebra is what the zoo account is called.', category: 'fact', importance: 0.5 },
          ...{
            subject: null,
            predicate: null,
            validFrom: null,
            validTo: null,
            turnIds: [request.question.slice(0, 36)],
          },
        },
      ],
    }),
  );
  await settle(memori);
  await sql(`UPDATE memori.sessions SET expires_at = now() - interval '1 second' WHERE id = $1`, [session]);

  const closed = [
    await call('GET', `/v1/sessions/${session}`),
    await call('POST', `/v1/sessions/${session}/turns`, { body: { role: 'user', content: 'More.' } }),
    await ask(session, 'And now?'),
    await call('POST', `/v1/sessions/${session}/restore`),
  ];
  const found = await search('zebra account');
  const exported = await call('GET', `/v1/sessions/${session}/export`);
  const next = await call('POST', '/v1/sessions/ext:short/turns', { body: { role: 'user', content: 'A new one.' } });

  expect(closed.map(({ body }) => body.code)).toEqual(Array.from({ length: 4 }, () => 'session-expired'));
  const own = found.filter(({ kind, sessionId }) => kind === 'fact' || sessionId === session);
  expect(own.map(({ kind, content }) => [kind, content])).toEqual([
    ['fact', 'Zebra is what the zoo account is called.'],
    ['turn', 'The zebra account is the one of the zoo.'],
  ]);
  expect(exported.text).toContain('zoo');
  // The name stays with the one that is closed until somebody opens another.
  expect([201, 410]).toContain(next.status);
  expect((await call('POST', '/v1/sessions', { body: { externalId: 'short' } })).status).toBe(201);
});

it('slides its life with use', async () => {
  const session = await open({ ttlSeconds: 3600 });
  await sql(`UPDATE memori.sessions SET expires_at = now() + interval '1 minute' WHERE id = $1`, [session]);

  await call('POST', `/v1/sessions/${session}/turns`, { body: { role: 'user', content: 'Still here.' } });

  const { body } = await call('GET', `/v1/sessions/${session}`);
  expect(Date.parse(String(body.expiresAt)) - Date.parse(String(body.lastActiveAt))).toBe(3_600_000);
});

it('answers the same live and cold, whoever wrote last', async () => {
  const coldCall = clientOf(cold);
  const sessions = [await open(), await open(), await open()];
  const earlierOf = (prompt: string) => /Earlier in this session[^]*?\n<\/context>/.exec(prompt)?.[0] ?? '';
  const askIn = async (from: Call, session: string, question: string) => {
    const { body } = await ask(session, question, from);
    expect(body.status).toBe('answered');
    return earlierOf(claude.lastRequest.promptText);
  };
  // Round by round, so that the cold one has used all others in between.
  const rounds = 4;
  const told = new Map<string, string[]>(sessions.map((session) => [session, []]));
  for (let round = 0; round < rounds; round++)
    for (const [n, session] of sessions.entries()) {
      const from = round % 2 === 0 ? call : coldCall;
      told.get(session)?.push(await askIn(from, session, `Round ${round}: customers of region ${n}?`));
    }

  for (const [n, session] of sessions.entries()) {
    const prompts = told.get(session) ?? [];
    expect(prompts[0]).toBe('');
    for (let round = 1; round < rounds; round++)
      for (let before = 0; before < round; before++)
        expect(prompts[round]).toContain(`Round ${before}: customers of region ${n}?`);
    for (const other of [0, 1, 2].filter((each) => each !== n)) expect(prompts.join()).not.toContain(`region ${other}`);
  }
});
