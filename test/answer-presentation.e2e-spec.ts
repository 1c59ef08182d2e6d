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
