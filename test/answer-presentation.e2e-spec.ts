import { withClient } from '@memori/database';
import { FakeClaude, replies } from '@memori/testing';
import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Answer, type Body, type Call, clientOf } from './support/client';
import { type ApiDocument, undocumented } from './support/document';
import { openShop, type Shop } from './support/shop';

let claude: FakeClaude;
let memori: BootedMemori;
let call: Call;
let shop: Shop;
let document: ApiDocument;

beforeAll(async () => {
  claude = await FakeClaude.start();
  memori = await bootMemori({ claude, env: { MEMORI_BACKGROUND_MODEL_CALLS: 'true' } });
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

async function asked(question: string, sql: string, more: object = {}): Promise<Answer> {
  claude.gold(question, sql);
  const answer = await call('POST', '/v1/questions', { body: { question, ...more } });
  expect(undocumented(document, 'POST', '/v1/questions', answer)).toEqual([]);
  return answer;
}

describe('an answer', () => {
  it('carries labels and a chart of its rows, also when it is read later', async () => {
    const sql =
      'SELECT c.name AS customer_name, o.total FROM orders o JOIN customers c ON c.id = o.customer_id ORDER BY 2 DESC';
    const { body } = await asked('Orders by customer', sql);

    expect(body).toMatchObject({
      columns: [
        { name: 'customer_name', type: 'text', label: 'Customer name' },
        { name: 'total', label: 'Total' },
      ],
      chart: {
        data: { name: 'rows' },
        mark: 'bar',
        encoding: { x: { field: 'customer_name', title: 'Customer name' }, y: { field: 'total' } },
      },
    });
    const later = await call('GET', `/v1/questions/${String(body.id)}`);
    expect(later.body.chart).toEqual(body.chart);
    expect(undocumented(document, 'GET', '/v1/questions/{id}', later)).toEqual([]);
  });

  it('has no chart where none suits', async () => {
    const { body } = await asked('How many orders?', 'SELECT count(*) AS n FROM orders');

    expect(body).toMatchObject({ status: 'answered', columns: [{ name: 'n' }] });
    expect(body).not.toHaveProperty('chart');
  });
});

describe('a summary', () => {
  const SQL = 'SELECT name, total FROM orders JOIN customers c ON c.id = customer_id ORDER BY total';
  const SUMMARY = 'memori-summary-1';
  const share = (shareRows: boolean | null) => call('PATCH', `/v1/data-sources/${shop.id}`, { body: { shareRows } });
  const summarised = () => claude.requests.filter(({ purpose }) => purpose === SUMMARY);

  afterEach(() => share(null));

  it('states the result, is charged, and sees no row where the data source does not share them', async () => {
    const refused = await asked('Who bought what?', SQL, { summarize: true });
    expect(refused.body).not.toHaveProperty('summary');
    expect(refused.body.assumptions).toContainEqual(expect.stringContaining('shareRows'));
    expect(summarised()).toEqual([]);

    expect((await share(true)).body).toMatchObject({ shareRows: true });
    claude.nextFor(SUMMARY, replies.json({ summary: '张伟 bought for 1.' }));
    const { body } = await asked('Who bought what?', SQL, { summarize: true });

    expect(body).toMatchObject({ status: 'answered', summary: '张伟 bought for 1.', usage: { attempts: 2 } });
    const [request] = summarised();
    expect(request?.question).toBe('Who bought what?');
    expect(request?.promptText).toContain('- "Ada", "12345678901234567890.0123456789"');
    expect(body.usage).toMatchObject({ model: (refused.body.usage as Body).model });
    const purposes = await withClient(memori.db.superuser, async (client) => {
      const sql = 'SELECT purpose FROM memori.attempts WHERE question_id = $1 ORDER BY purpose';
      return (await client.query<{ purpose: string }>(sql, [body.id])).rows;
    });
    expect(purposes.map(({ purpose }) => purpose)).toEqual(['answer', 'summary']);
    const audited = await call('GET', '/v1/admin/audit?limit=200');
    expect(audited.body.items).toContainEqual(
      expect.objectContaining({ action: 'data-source.changed', details: { fields: ['shareRows'] } }),
    );
  });

  it('is not wanted unless it is asked for', async () => {
    await share(true);
    const { body } = await asked('Who bought what?', SQL);

    expect(body).not.toHaveProperty('summary');
    expect(summarised()).toEqual([]);
  });

  it.each([
    ['a number that is not in the rows', replies.json({ summary: 'Ada bought for 4,711.' }), 'did not agree'],
    ['a failure of the model', replies.serverError(), 'could not be asked'],
    ['a reply that is none', replies.prose(), 'could not be asked'],
  ])('is left out after %s, and the answer stays', async (_, reply, note) => {
    await share(true);
    claude.nextFor(SUMMARY, reply);
    const { status, body } = await asked('Who bought what?', SQL, { summarize: true });

    expect([status, body.status]).toEqual([200, 'answered']);
    expect(body).not.toHaveProperty('summary');
    expect(body.assumptions).toContainEqual(expect.stringContaining(note));
  });
});
