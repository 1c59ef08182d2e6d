import { withClient } from '@memori/database';
import { Lifecycle } from '../apps/api/src/health/lifecycle';
import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Call, clientOf } from './support/client';
import { type ApiDocument, undocumented } from './support/document';
import { openShop, type Shop } from './support/shop';

let memori: BootedMemori;
let call: Call;
let shop: Shop;

beforeAll(async () => {
  memori = await bootMemori();
  call = clientOf(memori);
  shop = await openShop(call);
});

afterAll(async () => {
  await memori?.close();
  await shop?.close();
});

const open = (path: string) => call('GET', path, { key: null });

describe('health', () => {
  it.each(['', '/ready', '/live', '/startup'])('%s is open to everybody and well', async (path) => {
    const document = (await call('GET', '/openapi.json')).body as unknown as ApiDocument;

    const answer = await open(`/health${path}`);

    expect([answer.status, answer.body.status]).toEqual([200, 'ok']);
    expect(undocumented(document, 'GET', `/health${path}`, answer)).toEqual([]);
  });

  it('does not ask for Claude or a data source', async () => {
    expect((await open('/health')).text).not.toMatch(/claude|anthropic|shop/i);
  });

  it('stays well when a migration that is newer than the program is there, and not when one is missing', async () => {
    const { superuser } = memori.db;
    await withClient(superuser, (client) =>
      client.query("UPDATE memori.migrations SET name = name || '-gone' WHERE name LIKE '0001%'"),
    );

    const [ready, live] = [await open('/health/ready'), await open('/health/live')];

    await withClient(superuser, (client) =>
      client.query("UPDATE memori.migrations SET name = replace(name, '-gone', '')"),
    );
    expect([ready.status, live.status]).toEqual([503, 200]);
    expect((await open('/health/ready')).status).toBe(200);
  });
});

describe('metrics', () => {
  it('count requests by the template of their route', async () => {
    await call('GET', '/v1/sessions/ext:somebody');

    const { text, headers } = await open('/metrics');

    expect(headers.get('content-type')).toMatch(/^text\/plain/);
    expect(text).toMatch(
      /memori_http_request_duration_seconds_count\{method="GET",route="\/v1\/sessions\/:id",status="404"\} [1-9]/,
    );
    expect(text).not.toContain('somebody');
  });

  it('count refused SQL and questions that ended', async () => {
    await call('POST', '/v1/sql/run', { body: { sql: 'DELETE FROM customers' } });
    await call('POST', '/v1/questions', { body: { question: 'How many customers?' } });

    const { text } = await open('/metrics');

    expect(text).toMatch(/memori_guard_violations_total\{code="[a-z-]+"\} [1-9]/);
    expect(text).toMatch(/memori_questions_total\{[^}]*status="failed"[^}]*\} [1-9]/);
  });

  it('hold no id and no name of a tenant or user', async () => {
    const { text } = await open('/metrics');

    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-|tenant|user=/);
  });
});

describe('without a key for Claude', () => {
  it('a question says what to set, and the rest works', async () => {
    const answer = await call('POST', '/v1/questions', { body: { question: 'How many customers are there?' } });

    expect(answer.body).toMatchObject({
      status: 503,
      code: 'model-not-configured',
      detail: expect.stringContaining('MEMORI_ANTHROPIC_API_KEY'),
    });
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await call('POST', '/v1/sql/run', { body: { sql: 'SELECT count(*) FROM customers' } })).body).toMatchObject(
      { rows: [['3']] },
    );
  });
});

describe('a process that stops', () => {
  it('is not ready, takes nothing new, still answers readers, and ends streams', async () => {
    const other = await bootMemori({ beside: memori });
    const callOther = clientOf(other);

    other.app.get(Lifecycle).stop();

    expect((await callOther('GET', '/health/ready')).status).toBe(503);
    expect((await callOther('GET', '/health/live')).status).toBe(200);
    const refused = await callOther('POST', '/v1/questions', { body: { question: 'x' } });
    expect(refused.body).toMatchObject({ status: 503, code: 'shutting-down', retryable: true });
    expect(refused.headers.get('retry-after')).toBe('5');
    expect((await callOther('GET', '/v1/me')).status).toBe(200);
    await other.close();
  });
});

it('refuses to start with another encryption key than that of the database', async () => {
  await expect(bootMemori({ beside: memori, env: { MEMORI_ENCRYPTION_KEY: 'cd'.repeat(32) } })).rejects.toThrow(
    /encryption key in MEMORI_ENCRYPTION_KEY is not the one/,
  );
});
