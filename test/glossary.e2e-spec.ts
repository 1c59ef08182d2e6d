import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Answer, type Call, clientOf } from './support/client';
import { type ApiDocument, undocumented } from './support/document';
import { openShop, type Shop } from './support/shop';

let memori: BootedMemori;
let call: Call;
let shop: Shop;
let document: ApiDocument;

beforeAll(async () => {
  memori = await bootMemori();
  call = clientOf(memori);
  shop = await openShop(call);
  document = (await call('GET', '/openapi.json')).body as unknown as ApiDocument;
});

afterAll(async () => {
  await memori?.close();
  await shop?.close();
});

const LIST = '/v1/data-sources/{id}/glossary';
const ONE = `${LIST}/{entryId}`;

function expectDocumented(method: string, template: string, answer: Answer): void {
  expect(undocumented(document, method, template, answer)).toEqual([]);
}

describe('the glossary of a data source', () => {
  it('is made, read, changed and deleted', async () => {
    const list = `/v1/data-sources/${shop.name}/glossary`;
    const body = { kind: 'metric', name: 'head count', synonyms: ['人数'], expression: 'count(*)', from: 'customers' };
    const headers = { 'idempotency-key': 'glossary-1' };

    const made = await call('POST', list, { body, headers });
    const again = await call('POST', list, { body, headers });
    const one = made.headers.get('location') ?? '';

    expect(made.status).toBe(201);
    expect(one).toBe(`/v1/data-sources/${shop.id}/glossary/${String(made.body.id)}`);
    expect(again.body).toEqual(made.body);
    expectDocumented('POST', LIST, made);
    const read = await call('GET', one);
    expect(read.body).toEqual(made.body);
    expectDocumented('GET', ONE, read);
    const changed = await call('PATCH', one, { body: { definition: 'People, not orders.' } });
    expect(changed.body).toMatchObject({ name: 'head count', definition: 'People, not orders.', status: 'valid' });
    expectDocumented('PATCH', ONE, changed);
    const listed = await call('GET', `${list}?kind=metric&limit=1`);
    expect(listed.body).toMatchObject({ items: [{ id: made.body.id }], nextCursor: null });
    expectDocumented('GET', LIST, listed);
    expect((await call('DELETE', one)).status).toBe(204);
    const gone = await call('GET', one);
    expect(gone.status).toBe(404);
    expectDocumented('GET', ONE, gone);
  });

  it('refuses what is not right, place by place', async () => {
    const list = `/v1/data-sources/${shop.id}/glossary`;

    const empty = await call('POST', list, { body: { kind: 'metric', name: 'x', synonyms: ['!'] } });
    const hostile = await call('POST', list, {
      body: { kind: 'metric', name: 'x', expression: 'count(*)', from: 'customers; DROP TABLE customers' },
    });

    expect(empty.status).toBe(422);
    expect(empty.body).toMatchObject({
      code: 'invalid-request',
      errors: [{ pointer: '/synonyms/0' }, { pointer: '/expression' }, { pointer: '/from' }],
    });
    expect([hostile.status, hostile.body.code]).toEqual([422, 'sql-not-allowed']);
    expectDocumented('POST', LIST, hostile);
  });

  it('is imported line by line and exported again', async () => {
    const list = `/v1/data-sources/${shop.id}/glossary`;
    const good = JSON.stringify({ kind: 'rule', definition: 'The fiscal year begins in April.' });
    const raw = [good, '{"kind":"term"}', good].join('\n');

    const imported = await call('POST', `${list}/import`, { raw, headers: { 'content-type': 'application/x-ndjson' } });
    const exported = await call('GET', `${list}/export`);

    expect(imported.body).toMatchObject({ created: 1, updated: 0, failed: [{ line: 2, code: 'invalid-request' }] });
    expectDocumented('POST', `${LIST}/import`, imported);
    expect(exported.text).toBe(`${good}\n`);
  });
});
