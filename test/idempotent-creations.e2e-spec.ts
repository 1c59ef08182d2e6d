import { type BootedMemori, bootMemori } from './support/boot-memori';
import { type Call, clientOf } from './support/client';

describe('a creation with an Idempotency-Key', () => {
  let memori: BootedMemori;
  let call: Call;

  beforeAll(async () => {
    memori = await bootMemori();
    call = clientOf(memori);
  }, 60_000);

  afterAll(() => memori.close());

  const open = (key: string, title: string, more: Record<string, string> = {}) =>
    call('POST', '/v1/sessions', { body: { title }, headers: { 'idempotency-key': key, ...more } });

  it('answers as it did the first time, and creates nothing more', async () => {
    const first = await open('once', 'one');
    const again = await open('once', 'one');

    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect([first, again].map((it) => it.headers.get('idempotency-replayed'))).toEqual([null, 'true']);
  });

  it('creates once when ten callers come at the same moment', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => open('%E9%94%AE', 'many')));

    expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(1);
    expect(answers.filter((it) => it.headers.get('idempotency-replayed') === null)).toHaveLength(1);
  });

  it('refuses another body under the same key', async () => {
    await open('reused', 'one');

    const other = await open('reused', 'two');

    expect([other.status, other.body['code']]).toEqual([422, 'idempotency-key-reused']);
  });

  it('keeps the keys of two users apart', async () => {
    const mine = await open('shared', 'one');
    const theirs = await open('shared', 'one', { 'x-memori-user': 'somebody' });

    expect(theirs.status).toBe(201);
    expect(theirs.body['id']).not.toBe(mine.body['id']);
  });

  it('lets what failed be tried again', async () => {
    const key = { 'idempotency-key': 'second-try' };
    const bad = await call('POST', '/v1/memories', { body: { content: '', category: 'fact' }, headers: key });

    const good = await call('POST', '/v1/memories', { body: { content: 'fine', category: 'fact' }, headers: key });

    expect([bad.status, good.status]).toEqual([422, 201]);
  });

  it('shows a new key again to whoever repeats the call, and keeps it sealed', async () => {
    const body = { name: 'app', roles: ['member'], userId: 'app' };
    const first = await call('POST', '/v1/admin/api-keys', { body, headers: { 'idempotency-key': 'key' } });
    const again = await call('POST', '/v1/admin/api-keys', { body, headers: { 'idempotency-key': 'key' } });
    const kept = await memori.db.database.query(
      { tenantId: '*', userId: '*' },
      `SELECT encode(reply, 'escape') AS text FROM memori.reply_keys`,
    );

    expect(again.body['key']).toBe(first.body['key']);
    expect(JSON.stringify(kept)).not.toContain(String(first.body['key']));
  });

  it('is forgotten with what it created', async () => {
    const body = { content: 'my secret umbrella', category: 'fact' };
    const headers = { 'idempotency-key': 'forgotten' };
    const made = await call('POST', '/v1/memories', { body, headers });
    const session = await open('forgotten', 'umbrella');
    await call('DELETE', `/v1/memories/${String(made.body['id'])}`);
    await call('DELETE', `/v1/sessions/${String(session.body['id'])}`);

    const kept = await memori.db.database.query(
      { tenantId: '*', userId: '*' },
      `SELECT 1 FROM memori.reply_keys WHERE key = 'forgotten'`,
    );

    expect(kept).toEqual([]);
  });
});
