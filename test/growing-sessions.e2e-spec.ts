import { withClient } from '@memori/database';
import { FakeClaude, replies } from '@memori/testing';
import { BY_HAND, settle } from './support/background';
import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Body, type Call, clientOf } from './support/client';
import { type ApiDocument, undocumented } from './support/document';
import { openShop, type Shop } from './support/shop';

let memori: BootedMemori;
let claude: FakeClaude;
let shop: Shop;
let call: Call;

const SUMMARY = 'memori-summary-1';
const FACTS = 'memori-facts-1';
const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

beforeAll(async () => {
  claude = await FakeClaude.start();
  memori = await bootMemori({ claude, env: BY_HAND });
  call = clientOf(memori);
  shop = await openShop(call);
  await settle(memori);
});
afterAll(async () => {
  await memori?.close();
  await claude?.stop();
  await shop?.close();
});
beforeEach(() => {
  claude.reset();
  claude.when({ purpose: FACTS }).answers(replies.json({ facts: [] }));
});

async function open(input: Body = {}): Promise<string> {
  const { body } = await call('POST', '/v1/sessions', { body: { namespace: `schema:${shop.id}`, ...input } });
  return String(body.id);
}

const say = async (session: string, from: number, to: number) => {
  const body = Array.from({ length: to - from }, (_, n) => ({
    role: (from + n) % 2 === 0 ? 'user' : 'assistant',
    content: `Turn number ${from + n + 1} speaks about topic ${from + n + 1}. `.repeat(6),
  }));
  const answer = await call('POST', `/v1/sessions/${session}/turns`, { body });
  return (answer.body.items as { id: string }[]).map(({ id }) => id);
};

const summaries = () => claude.requests.filter(({ purpose }) => purpose === SUMMARY);
const read = async (session: string) => call('GET', `/v1/sessions/${session}/summary`);

describe('a session of 500 turns', () => {
  it('is summed up step by step, each summary in the place of the one before, with links to its turns', async () => {
    const session = await open();
    const ids = await say(session, 0, 500);
    claude.when({ purpose: SUMMARY }).answers((request) => {
      const sent = request.question.match(ID) ?? [];
      return replies.json({
        summary: `Up to ${sent.length} more turns. <b>`,
        turnIds: [sent[0] ?? '', '0198c000-0000-7000-8000-000000000001'],
      });
    });

    for (let round = 0; round < 20; round++) await settle(memori);

    const summary = await read(session);
    const stored = await withClient(memori.db.superuser, (client) =>
      client.query('SELECT FROM memori.session_summaries WHERE session_id = $1', [session]),
    );
    const document = (await call('GET', '/openapi.json')).body as unknown as ApiDocument;
    expect(undocumented(document, 'GET', '/v1/sessions/{id}/summary', summary)).toEqual([]);
    expect(stored.rowCount).toBe(1);
    expect(summaries().length).toBeGreaterThan(2);
    expect(summaries()[1]?.promptText).toContain('more turns. \\u003cb>');
    // The last eight stand in prompts as they are, and up to twenty more are not worth a call yet.
    expect(summary.body.uptoSeq).toBeGreaterThan(500 - 8 - 20);
    expect(summary.body.uptoSeq).toBeLessThanOrEqual(492);
    expect(ids).toEqual(expect.arrayContaining(summary.body.turnIds as string[]));
    const told = summaries().flatMap(({ question }) => question.match(ID) ?? []);
    expect(new Set(told).size).toBe(told.length);
    expect(told).toEqual(ids.slice(0, told.length));
  }, 120_000);

  it('fits the prompt of a question, with its summary and its last turns', async () => {
    const session = await open();
    await say(session, 0, 60);
    claude.nextFor(SUMMARY, replies.json({ summary: '我们在谈论伦敦的客户。', turnIds: [] }));
    await settle(memori);
    claude.next('SELECT 1 AS one');

    const { body } = await call('POST', '/v1/questions', {
      body: { question: 'Which customers live in London?', dataSourceId: shop.id, sessionId: session },
    });

    const { promptText } = claude.requests.findLast(({ purpose }) => purpose === 'memori-answer-1') ?? {
      promptText: '',
    };
    const { parts } = (await call('GET', `/v1/questions/${String(body.id)}/context`)).body as { parts: Body[] };
    expect(body.status).toBe('answered');
    expect(promptText).toMatch(
      /Long before in this session, in short:\n- "我们在谈论伦敦的客户。"\nEarlier in this session/,
    );
    expect(promptText).toContain('Turn number 60 ');
    expect(parts.find(({ part }) => part === 'summary')).toMatchObject({ items: [session] });
  });

  it('is not summed up where it is short or isolated', async () => {
    const [short, isolated] = [await open(), await open({ isolated: true })];
    await say(short, 0, 27);
    await say(isolated, 0, 60);

    await settle(memori);

    expect(summaries()).toEqual([]);
    expect((await read(short)).status).toBe(404);
  });

  it('loses its summary when it is forgotten', async () => {
    const session = await open();
    await say(session, 0, 60);
    claude.nextFor(SUMMARY, replies.json({ summary: 'A planted secret.', turnIds: [] }));
    await settle(memori);
    const exported = await call('POST', '/v1/memories/export');

    await call('POST', '/v1/memories/forget', { body: { scope: 'session', id: session } });

    expect(exported.text).toContain('"kind":"summary","content":"A planted secret."');
    const rows = await withClient(memori.db.superuser, (client) =>
      client.query('SELECT content FROM memori.session_summaries'),
    );
    expect(rows.rows).not.toContainEqual({ content: 'A planted secret.' });
  });
});
