import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { emptyDatabase } from '@memori/testing';
import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Answer, type Body, type Call, clientOf } from './support/client';
import { type ApiDocument, undocumented } from './support/document';
import { openShop, type Shop } from './support/shop';

let memori: BootedMemori;
let call: Call;
let shop: Shop;
let document: ApiDocument;

beforeAll(async () => {
  memori = await bootMemori({ env: { MEMORI_STATEMENT_TIMEOUT_MS: '2000' } });
  call = clientOf(memori);
  shop = await openShop(call);
  document = (await call('GET', '/openapi.json')).body as unknown as ApiDocument;
});

afterAll(async () => {
  await memori?.close();
  await shop?.close();
});

function expectDocumented(method: string, template: string, answer: Answer): void {
  expect(undocumented(document, method, template, answer)).toEqual([]);
}

describe('a data source', () => {
  it('is registered, read, changed, tested, synced and deleted, and its password never comes back', async () => {
    const database = await emptyDatabase('CREATE TABLE things (id int PRIMARY KEY, label text)');
    const made = await call('POST', '/v1/data-sources', {
      body: { name: 'things ü', dialect: 'postgresql', url: database.url, description: 'Things.' },
    });
    const path = `/v1/data-sources/${String(made.body.id)}`;
    expect([made.status, made.headers.get('location')]).toEqual([201, path]);
    expectDocumented('POST', '/v1/data-sources', made);
    expect(made.body).toMatchObject({ name: 'things ü', tables: 1, sampleValues: 'safe', version: expect.any(String) });

    const answers = [
      made,
      await call('GET', path),
      await call('GET', `/v1/data-sources/${encodeURIComponent('things ü')}`),
      await call('PATCH', path, { body: { description: null, sampleValues: 'off', timeZone: 'Asia/Shanghai' } }),
      await call('POST', `${path}/sync`),
      await call('POST', `${path}/test`),
      await call('GET', `${path}/schema`),
      await call('GET', '/v1/data-sources'),
    ];

    const templates = ['', '/{id}', '/{id}', '/{id}', '/{id}/sync', '/{id}/test', '/{id}/schema', ''];
    const methods = ['POST', 'GET', 'GET', 'PATCH', 'POST', 'POST', 'GET', 'GET'];
    answers.forEach((answer, index) =>
      expectDocumented(methods[index] ?? '', `/v1/data-sources${templates[index] ?? ''}`, answer),
    );
    expect(answers[3]?.body).toMatchObject({ description: null, sampleValues: 'off', timeZone: 'Asia/Shanghai' });
    expect(answers.map(({ text }) => text).join('')).not.toContain(database.reader.password);
    expect(memori.logLines.join('')).not.toContain(database.reader.password);
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', path)).status).toBe(404);
    await database.close();
  });

  it('has a name of its own', async () => {
    const twin = await call('POST', '/v1/data-sources', {
      body: { name: shop.name, dialect: 'postgresql', url: shop.database.url },
    });

    expect(twin.body).toMatchObject({ status: 409, code: 'conflict' });
  });

  it('is for administrators to change and for everybody to see', async () => {
    const { key } = (await call('POST', '/v1/admin/api-keys', { body: { name: 'm', userId: 'm' } })).body as {
      key: string;
    };

    expect((await call('GET', '/v1/data-sources', { key })).status).toBe(200);
    for (const [method, path] of [
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/sync'],
      ['POST', '/test'],
    ] as const)
      expect((await call(method, `/v1/data-sources/${shop.id}${path}`, { key, body: {} })).body).toMatchObject({
        code: 'forbidden',
      });
  });

  describe('that cannot be used is not stored', () => {
    let deaf: Server;
    beforeAll(async () => {
      deaf = createServer((socket) => socket.on('data', () => socket.destroy())).listen(0, '127.0.0.1');
      await once(deaf, 'listening');
    });
    afterAll(() => void deaf.close());

    const cases = (): [string, string, number, string][] => {
      const { port } = deaf.address() as { port: number };
      const wrong = shop.database.url.replace(shop.database.reader.password, 'wrong-password');
      return [
        ['nobody listens', 'postgresql://u:p@127.0.0.1:1/x', 502, 'data-source-unreachable'],
        ['no PostgreSQL listens', `postgresql://u:p@127.0.0.1:${port}/x`, 502, 'data-source-unreachable'],
        ['the host has no name', 'postgresql://u:p@no-such-host.invalid/x', 502, 'data-source-unreachable'],
        ['the password is wrong', wrong, 502, 'data-source-credentials'],
        ['it is a metadata service', 'postgresql://u:p@169.254.169.254/x', 422, 'data-source-address'],
        ['it is no URL', 'nonsense', 422, 'invalid-request'],
        ['it is another dialect’s', 'mysql://u:p@127.0.0.1/x', 422, 'invalid-request'],
        ['it is Memori’s own', memori.db.ownerUrl, 422, 'own-database'],
      ];
    };

    it.each([
      'nobody listens',
      'no PostgreSQL listens',
      'the host has no name',
      'the password is wrong',
      'it is a metadata service',
      'it is no URL',
      'it is another dialect’s',
      'it is Memori’s own',
    ])('since %s', async (why) => {
      const [, url, status, code] = cases().find(([name]) => name === why) ?? [];

      const answer = await call('POST', '/v1/data-sources', {
        body: { name: `bad: ${why}`, dialect: 'postgresql', url },
      });

      expect(answer.body).toMatchObject({ status, code });
      expectDocumented('POST', '/v1/data-sources', answer);
      expect(answer.text).not.toMatch(/wrong-password|:p@/);
      const listed = (await call('GET', '/v1/data-sources')).body.items as Body[];
      expect(listed.map(({ name }) => name)).not.toContain(`bad: ${why}`);
    });

    it('since it has no tables', async () => {
      const empty = await emptyDatabase();

      const answer = await call('POST', '/v1/data-sources', {
        body: { name: 'empty', dialect: 'postgresql', url: empty.url },
      });

      expect(answer.body).toMatchObject({ code: 'schema-empty' });
      await empty.close();
    });
  });
});
