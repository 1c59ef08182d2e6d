import { withClient } from '@memori/database';
import { strFromU8, unzipSync } from 'fflate';
import { FakeClaude, replies } from '@memori/testing';
import { ADMIN_KEY, bootMemori, type BootedMemori } from './support/boot-memori';
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
  memori = await bootMemori({ claude, env: { MEMORI_BACKGROUND_MODEL_CALLS: 'true', MEMORI_ENABLE_CACHING: 'true' } });
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
    const { body } = await asked('Who has bought what?', SQL, { summarize: true });

    expect(body).toMatchObject({ status: 'answered', summary: '张伟 bought for 1.', usage: { attempts: 2 } });
    const read = await call('GET', `/v1/questions/${String(body['id'])}`);
    expect(read.body).toMatchObject({ summary: '张伟 bought for 1.' });
    const stored = await withClient(memori.db.superuser, async (client) => {
      const { rows } = await client.query('SELECT q::text AS text FROM memori.questions q WHERE id = $1', [body['id']]);
      await client.query('UPDATE memori.questions SET rows_sealed = NULL WHERE id = $1', [body['id']]);
      const after = await client.query('SELECT summary_sealed FROM memori.questions WHERE id = $1', [body['id']]);
      return { before: String((rows as { text: string }[])[0]?.text), after: after.rows };
    });
    expect(stored.before).not.toContain('bought for');
    expect(stored.after).toEqual([{ summary_sealed: null }]);
    expect((await call('GET', `/v1/questions/${String(body['id'])}`)).body).not.toHaveProperty('summary');
    const [request] = summarised();
    expect(request?.question).toBe('Who has bought what?');
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
  ])('is left out after %s, and the answer stays', async (what, reply, note) => {
    await share(true);
    claude.nextFor(SUMMARY, reply);
    const question = `Who bought what, after ${what}?`;
    const { status, body } = await asked(question, SQL, { summarize: true });

    expect([status, body.status]).toEqual([200, 'answered']);
    expect(body).not.toHaveProperty('summary');
    expect(body.assumptions).toContainEqual(expect.stringContaining(note));
    const again = await asked(question, SQL);
    expect(again.body.source).toBe('cache');
    expect(again.body.assumptions).not.toContainEqual(expect.stringContaining(note));
  });
});

describe('the rows of an answer as a file', () => {
  async function file(id: unknown, query: string) {
    const url = `${memori.url}/v1/questions/${String(id)}/rows?${query}`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
    return { headers: response.headers, bytes: new Uint8Array(await response.arrayBuffer()) };
  }

  it('are a workbook under the name of the question', async () => {
    const { body } = await asked('谁买了什么?', "SELECT 9007199254740993 AS id, '=1+1' AS formula, 1.5 AS n");
    const { headers, bytes } = await file(body.id, 'format=xlsx');

    expect(headers.get('content-type')).toBe('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet');
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="memori-${String(body.id)}.xlsx"; filename*=UTF-8''${encodeURIComponent('谁买了什么')}.xlsx`,
    );
    const sheet = strFromU8(unzipSync(bytes)['xl/worksheets/sheet1.xml'] ?? new Uint8Array());
    expect(sheet).toContain('<t xml:space="preserve">9007199254740993</t>');
    expect(sheet).toContain('<t xml:space="preserve">=1+1</t>');
    expect(sheet).toContain('<c r="C2"><v>1.5</v></c>');
    expect(sheet).not.toContain('<f>');
  });

  it('are CSV with a byte order mark on request', async () => {
    const { body } = await asked('Which city?', "SELECT '上海' AS 城市");

    expect(Buffer.from((await file(body.id, 'format=csv&bom=true')).bytes).toString()).toBe('\ufeff城市\r\n上海\r\n');
    expect(Buffer.from((await file(body.id, 'format=csv')).bytes).toString()).toBe('城市\r\n上海\r\n');
  });
});
