import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Answer, type Body, type Call, clientOf } from './support/client';

let memori: BootedMemori;
let call: Call;

beforeAll(async () => {
  memori = await bootMemori();
  call = clientOf(memori);
});

afterAll(() => memori?.close());

const aKey = async (input: object = {}) =>
  (await call('POST', '/v1/admin/api-keys', { body: { name: 'test', userId: 'ada', ...input } })).body;
const items = (answer: Answer) => answer.body.items as Body[];
const encoded = (user: string) => ({ 'x-memori-user': encodeURIComponent(user) });

describe('keys', () => {
  it('are shown once, listed without themselves, and end at once', async () => {
    const made = await call('POST', '/v1/admin/api-keys', {
      body: { name: 'reporting', userId: 'ada', roles: ['reader'] },
    });
    const key = made.body.key as string;

    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`/v1/admin/api-keys/${String(made.body.id)}`);
    expect((await call('GET', '/v1/me', { key })).body).toMatchObject({ userId: 'ada', roles: ['reader'] });
    const listed = await call('GET', '/v1/admin/api-keys?limit=200');
    expect(listed.text).toContain(made.body.id);
    expect(listed.text).not.toContain(key);

    const revoked = await call('DELETE', `/v1/admin/api-keys/${String(made.body.id)}`);

    expect([revoked.status, revoked.text]).toEqual([204, '']);
    expect((await call('GET', '/v1/me', { key })).status).toBe(401);
    expect((await call('DELETE', `/v1/admin/api-keys/${String(made.body.id)}`)).status).toBe(404);
  });

  it('end on every instance at once', async () => {
    const other = await bootMemori({ beside: memori });
    const { id, key } = (await aKey()) as { id: string; key: string };
    const callOther = clientOf(other);
    expect((await callOther('GET', '/v1/me', { key })).status).toBe(200);

    await call('DELETE', `/v1/admin/api-keys/${id}`);

    expect((await callOther('GET', '/v1/me', { key })).status).toBe(401);
    await other.close();
  });

  it('do what their roles say and no more', async () => {
    const reader = (await aKey({ roles: ['reader'] })).key as string;
    const member = (await aKey({ roles: ['member'] })).key as string;

    expect((await call('POST', '/v1/sessions', { key: reader, body: {} })).body).toMatchObject({
      status: 403,
      code: 'forbidden',
    });
    expect((await call('POST', '/v1/sessions', { key: member, body: {} })).status).toBe(201);
    expect((await call('GET', '/v1/admin/audit', { key: member })).body).toMatchObject({ code: 'forbidden' });
    expect(
      (await call('POST', '/v1/memories', { key: member, body: { content: 'x', category: 'rule', scope: 'tenant' } }))
        .status,
    ).toBe(403);
  });

  it.each([
    [{ name: 'x' }, '/userId'],
    [{ name: 'x', userId: '*' }, '/userId'],
    [{ name: 'x', userId: 'a', roles: [] }, '/roles'],
    [{ name: 'x', userId: 'a', roles: ['king'] }, '/roles'],
    [{ name: 'x', userId: 'a', mayActFor: 'yes' }, '/mayActFor'],
    [{ name: 'x', userId: 'a', expiresAt: '2001-01-01T00:00:00Z' }, '/expiresAt'],
    [{ name: 'x', userId: 'a', expiresAt: 'soon' }, '/expiresAt'],
    [{ name: '', userId: 'a' }, '/name'],
  ])('are not made of %j', async (body, pointer) => {
    const answer = await call('POST', '/v1/admin/api-keys', { body });

    expect(answer.status).toBe(422);
    expect((answer.body.errors as Body[]).map((error) => error.pointer)).toContain(pointer);
  });
});

describe('acting for others', () => {
  it('is for administrators and keys made for it', async () => {
    const plain = (await aKey()).key as string;
    const acting = (await aKey({ mayActFor: true })).key as string;

    expect((await call('GET', '/v1/me', { headers: encoded('张伟') })).body).toMatchObject({
      userId: '张伟',
      actedBy: 'admin',
    });
    expect((await call('GET', '/v1/me', { key: acting, headers: encoded('bob') })).body).toMatchObject({
      userId: 'bob',
      actedBy: 'ada',
    });
    expect((await call('GET', '/v1/me', { key: plain, headers: encoded('bob') })).body).toMatchObject({
      status: 403,
      code: 'acting-for-not-allowed',
    });
  });

  it.each(['%', '%ff', '%00', '', '*'])('needs a well written name, not %j', async (user) => {
    expect((await call('GET', '/v1/me', { headers: { 'x-memori-user': user } })).body).toMatchObject({
      status: 400,
      code: 'invalid-request',
    });
  });

  it('shows each user what is his alone', async () => {
    const [ada, bob] = [encoded('ada lovelace'), encoded('bob')];
    const session = (await call('POST', '/v1/sessions', { headers: ada, body: { title: 'private' } })).body;
    const memory = (
      await call('POST', '/v1/memories', {
        headers: ada,
        body: { content: 'Ada prefers euros', category: 'preference' },
      })
    ).body;
    const paths = [
      `/v1/sessions/${String(session.id)}`,
      `/v1/sessions/${String(session.id)}/turns`,
      `/v1/memories/${String(memory.id)}`,
    ];

    for (const path of paths) {
      expect((await call('GET', path, { headers: ada })).status).toBe(200);
      expect((await call('GET', path, { headers: bob })).body).toMatchObject({ status: 404, code: 'not-found' });
    }
    expect((await call('DELETE', `/v1/sessions/${String(session.id)}`, { headers: bob })).status).toBe(404);
    expect(items(await call('GET', '/v1/memories', { headers: bob }))).toEqual([]);
    const found = await call('POST', '/v1/memories/search', { headers: bob, body: { query: 'euros' } });
    expect(items(found)).toEqual([]);
  });
});

describe('tenants', () => {
  it('see nothing of each other', async () => {
    const tenant = await call('POST', '/v1/admin/tenants', {
      body: { name: 'Bohnen & Söhne', timeZone: 'Europe/Berlin', language: 'de' },
    });
    expect(tenant.body).toMatchObject({ name: 'Bohnen & Söhne', timeZone: 'Europe/Berlin', language: 'de' });
    const boss = await aKey({ tenantId: tenant.body.id, userId: 'admin', roles: ['administrator'] });
    const key = boss.key as string;
    const session = (await call('POST', '/v1/sessions', { body: { externalId: 'same' } })).body;

    expect((await call('GET', '/v1/me', { key })).body).toMatchObject({ tenantId: tenant.body.id, userId: 'admin' });
    expect((await call('GET', `/v1/sessions/${String(session.id)}`, { key })).status).toBe(404);
    expect((await call('GET', '/v1/sessions/ext:same', { key })).status).toBe(404);
    expect(items(await call('GET', '/v1/sessions', { key }))).toEqual([]);
    expect(items(await call('GET', '/v1/admin/audit', { key })).every((row) => row.subjectId === boss.id)).toBe(true);
    expect((await call('POST', '/v1/admin/tenants', { key, body: { name: 'mine' } })).body).toMatchObject({
      code: 'forbidden',
    });
    expect((await call('GET', '/v1/admin/api-keys?tenantId=default', { key })).body).toMatchObject({
      code: 'not-found',
    });
    expect(
      (await call('POST', '/v1/admin/api-keys', { key, body: { name: 'x', userId: 'x', tenantId: 'default' } })).status,
    ).toBe(404);
  });
});

describe('the time zone of a tenant', () => {
  const change = (id: unknown, body: object) => call('PATCH', `/v1/admin/tenants/${String(id)}`, { body });
  const resetsAt = async () => String(items(await call('GET', '/v1/budget'))[0]?.resetsAt);
  const midnightIn = (timeZone: string) => (moment: string) =>
    new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'short' }).format(new Date(moment)) === '00:00';
  afterEach(() => change('default', { name: 'default', timeZone: null, language: null }));

  it('can be changed, and the days of its budgets begin at its midnight', async () => {
    const before = await resetsAt();

    const changed = await change('default', { timeZone: 'Asia/Kathmandu' });

    expect(changed.body).toMatchObject({ id: 'default', name: 'default', timeZone: 'Asia/Kathmandu', language: null });
    expect(midnightIn('UTC')(before)).toBe(true);
    expect(midnightIn('Asia/Kathmandu')(await resetsAt())).toBe(true);
    expect((await change('default', { timeZone: null })).body).toMatchObject({ timeZone: 'UTC' });
  });

  it.each(['+05:00', 'Mars/Olympus', 'UTC+3', ''])('cannot be %j', async (timeZone) => {
    expect((await change('default', { timeZone })).body).toMatchObject({
      status: 422,
      errors: [{ pointer: '/timeZone' }],
    });
    expect((await call('POST', '/v1/admin/tenants', { body: { name: 'x', timeZone } })).status).toBe(422);
  });

  it('is changed by administrators of the installation alone, and for tenants that are there', async () => {
    const { id } = (await call('POST', '/v1/admin/tenants', { body: { name: 'Other' } })).body;
    const boss = await aKey({ tenantId: id, userId: 'admin', roles: ['administrator'] });
    const own = { key: boss.key as string, body: { timeZone: 'Europe/Berlin' } };

    expect((await call('PATCH', `/v1/admin/tenants/${String(id)}`, own)).body).toMatchObject({ code: 'forbidden' });
    expect((await change(id, { timeZone: 'Europe/Berlin', language: 'de' })).body).toMatchObject({
      name: 'Other',
      timeZone: 'Europe/Berlin',
      language: 'de',
    });
    expect((await change('nobody', { timeZone: 'UTC' })).status).toBe(404);
    expect((await change(id, { name: null })).status).toBe(422);
  });
});

describe('the audit log', () => {
  it('names who changed what in which request, and no content', async () => {
    const headers = { ...encoded('carol'), 'x-request-id': 'audit-me' };
    await call('POST', '/v1/memories', {
      headers,
      body: { content: 'a very private preference', category: 'preference' },
    });

    const audit = await call('GET', '/v1/admin/audit?limit=20');

    expect(items(audit).find((row) => row.requestId === 'audit-me')).toMatchObject({
      userId: 'carol',
      actedBy: 'admin',
      subjectType: 'memory',
    });
    expect(audit.text).not.toContain('very private');
  });

  it('is read page by page without a gap', async () => {
    const whole = items(await call('GET', '/v1/admin/audit?limit=6')).map((row) => row.id);
    const first = await call('GET', '/v1/admin/audit?limit=3');
    const second = await call('GET', `/v1/admin/audit?limit=3&cursor=${String(first.body.nextCursor)}`);

    expect([...items(first), ...items(second)].map((row) => row.id)).toEqual(whole);
  });
});
