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

const PATH = '/v1/data-sources/{id}/aliases';

function expectDocumented(method: string, answer: Answer): void {
  expect(undocumented(document, method, PATH, answer)).toEqual([]);
}

async function keyFor(role: string): Promise<string> {
  const made = await call('POST', '/v1/admin/api-keys', { body: { name: role, roles: [role], userId: `the-${role}` } });
  return String(made.body.key);
}

it('lets a curator say what tables and columns are called, and everybody read it', async () => {
  const path = `/v1/data-sources/${shop.name}/aliases`;
  const line = { schema: 'public', table: 'customers', aliases: ['买家', 'buyer'], columns: { name: ['称呼'] } };

  const changed = await call('PATCH', path, { key: await keyFor('curator'), body: { items: [line] } });
  const read = await call('GET', path, { key: await keyFor('reader') });

  expect(changed.status).toBe(200);
  expect(changed.body).toEqual({ items: [{ ...line, writtenByPerson: { table: true, columns: ['name'] } }] });
  expect(read.body.items).toEqual(expect.arrayContaining(changed.body.items as unknown[]));
  expectDocumented('PATCH', changed);
  expectDocumented('GET', read);
});

it('refuses who may not, and what is not there, place by place', async () => {
  const path = `/v1/data-sources/${shop.id}/aliases`;
  const items = [{ schema: 'public', table: 'nowhere', aliases: ['x'] }];

  const forbidden = await call('PATCH', path, { key: await keyFor('member'), body: { items } });
  const unknown = await call('PATCH', path, { body: { items } });
  const broken = await call('PATCH', path, {
    body: { items: [{ schema: 'public', table: 'customers', aliases: 'x' }] },
  });

  expect(forbidden.status).toBe(403);
  expect(unknown.body).toMatchObject({ status: 422, errors: [{ pointer: '/items/0/table' }] });
  expect(broken.body).toMatchObject({ status: 422, errors: [{ pointer: '/items/0/aliases' }] });
  expectDocumented('PATCH', unknown);
});

it('takes the languages of a data source as BCP 47 tags', async () => {
  const path = `/v1/data-sources/${shop.id}`;

  const preset = (await call('GET', path)).body.languages;
  const changed = await call('PATCH', path, { body: { languages: ['en', 'zh-hant', 'de'] } });
  const wrong = await call('PATCH', path, { body: { languages: ['not a tag'] } });
  const back = await call('PATCH', path, { body: { languages: null } });

  expect(preset).toEqual(['en', 'zh']);
  expect(changed.body.languages).toEqual(['en', 'zh-Hant', 'de']);
  expect(wrong.body).toMatchObject({ status: 422, errors: [{ pointer: '/languages' }] });
  expect(back.body.languages).toEqual(['en', 'zh']);
});
