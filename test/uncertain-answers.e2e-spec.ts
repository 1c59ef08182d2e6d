import { FakeClaude, replies } from '@memori/testing';
import { ADMIN_KEY, bootMemori, type BootedMemori } from './support/boot-memori';
import { type Call, clientOf } from './support/client';
import { type ApiDocument, undocumented } from './support/document';
import { allEvents } from './support/events';
import { openShop, type Shop } from './support/shop';

let claude: FakeClaude;
let memori: BootedMemori;
let call: Call;
let shop: Shop;
let document: ApiDocument;

beforeAll(async () => {
  claude = await FakeClaude.start();
  memori = await bootMemori({
    claude,
    env: { MEMORI_BACKGROUND_MODEL_CALLS: 'false', MEMORI_ENABLE_CACHING: 'false' },
  });
  call = clientOf(memori);
  shop = await openShop(call);
  document = (await call('GET', '/openapi.json')).body as unknown as ApiDocument;
});

afterAll(async () => {
  await memori?.close();
  await shop?.close();
  await claude?.stop();
});

beforeEach(() => claude.reset());

const HARD = 'What is the cumulative total of the orders by day?';
const TOTALS = 'SELECT ordered_at, sum(total) OVER (ORDER BY ordered_at) AS running FROM orders ORDER BY 1';
const SAME =
  'SELECT (SELECT sum(p.total) FROM orders p WHERE p.ordered_at <= o.ordered_at), o.ordered_at FROM orders o';

describe('an uncertain question', () => {
  it('is answered twice, and both answers are compared by their rows', async () => {
    claude.next(TOTALS, SAME);

    const { body } = await call('POST', '/v1/questions', { body: { question: HARD } });

    expect(body).toMatchObject({ status: 'answered', sql: TOTALS, confidence: 'high', usage: { attempts: 2 } });
    const context = await call('GET', `/v1/questions/${String(body.id)}/context`);
    expect(context.body.secondCandidate).toMatchObject({ because: ['hard-question'], outcome: 'agreed' });
    expect(undocumented(document, 'GET', '/v1/questions/{id}/context', context)).toEqual([]);
    const used = await call('GET', '/v1/usage?groupBy=model');
    expect(used.body.items).toHaveLength(2);
  });

  it('tells who follows it that another reply has become the answer, and its SQL once', async () => {
    claude.next(
      replies.sql('SELECT ordered_at, total FROM orders WHERE total < 0', { explanation: 'The first.' }),
      replies.sql(SAME, { explanation: 'The second.' }),
    );

    const response = await fetch(`${memori.url}/v1/questions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${ADMIN_KEY}`,
        accept: 'text/event-stream',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ question: HARD }),
    });
    const events = await allEvents(response);

    const told = events.filter(({ type, data }) => type === 'delta' && data.path === '/explanation');
    expect(told.at(-1)?.data).toMatchObject({ text: 'The second.', reset: true });
    expect(events.filter(({ type }) => type === 'sql').map(({ data }) => data.sql)).toEqual([SAME]);
    expect(events.at(-1)?.data).toMatchObject({ explanation: 'The second.', confidence: 'low', sql: SAME });
  });

  it('is answered by the first where the budget does not last for another one', async () => {
    const headers = { 'x-memori-user': 'thrifty' };
    claude.next(TOTALS, SAME);
    await call('PUT', '/v1/admin/budgets/user/thrifty', { body: { window: 'day', tokens: 12_000 } });

    const { status, body } = await call('POST', '/v1/questions', { headers, body: { question: HARD } });

    expect([status, body.status, body.sql]).toEqual([200, 'answered', TOTALS]);
  });
});

describe('the confidence of an answer', () => {
  it.each([
    ['no text', 'SELECT count(*) FROM customers', 'medium'],
    [
      'a text that is stored',
      "SELECT count(*) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.mood = 'happy'",
      'high',
    ],
  ])('of SQL at the first try that looks for %s', async (what, sql, confidence) => {
    claude.next(sql);

    const { body } = await call('POST', '/v1/questions', { body: { question: `How many, by ${what}?` } });

    expect(body).toMatchObject({ status: 'answered', confidence });
  });
});

describe('columns', () => {
  it('are labelled by metrics, aliases and functions in the language of the answer', async () => {
    const glossary = {
      kind: 'metric',
      name: 'Revenue',
      synonyms: ['营业额'],
      expression: 'sum(orders.total)',
      from: 'orders',
    };
    expect((await call('POST', `/v1/data-sources/${shop.id}/glossary`, { body: glossary })).status).toBe(201);
    const aliases = [
      { schema: 'public', table: 'orders', aliases: ['订单'] },
      { schema: 'public', table: 'customers', aliases: ['客户'], columns: { city: ['城市'] } },
    ];
    const sql =
      "SELECT c.city AS town, count(*), date_trunc('month', o.ordered_at), sum(o.total) AS s, max(o.total) FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY 1, 3";
    const patched = await call('PATCH', `/v1/data-sources/${shop.id}/aliases`, { body: { items: aliases } });
    claude.next(sql, sql);

    const chinese = await call('POST', '/v1/questions', { body: { question: '各城市的营业额是多少？' } });
    const english = await call('POST', '/v1/questions', { body: { question: 'What is the revenue of the cities?' } });

    const labels = ({ body }: typeof chinese) => (body.columns as { label?: string }[]).map(({ label }) => label);
    expect([patched.status, labels(english)]).toEqual([200, ['Town', 'Count', 'Month', 'Revenue', 'Maximum total']]);
    expect(labels(chinese)).toEqual(['城市', '数量', '月份', '营业额', '最大 Total']);
  });
});
