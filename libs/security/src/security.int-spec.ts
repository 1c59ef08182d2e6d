import { withClient } from '@memori/database';
import type { Principal } from '@memori/scope';
import { FakeClock, testDatabase, type TestDatabase } from '@memori/testing';
import { ApiKeys } from './api-keys';
import { Audit } from './audit';
import { Authenticator } from './authenticator';
import { EncryptionCheck } from './encryption-check';
import { KeyMaterial } from './key-material';
import { Tenants } from './tenants';
import { Users } from './users';

const ADMIN: Principal = {
  tenantId: 'default',
  userId: 'admin',
  roles: ['administrator'],
  apiKeyId: null,
  actedBy: null,
};
const ADMIN_KEY = 'an-administrators-key';

let db: TestDatabase;
let keys: ApiKeys;
let tenants: Tenants;
let audit: Audit;
let authenticator: Authenticator;

beforeAll(async () => {
  db = await testDatabase();
  const users = new Users(db.database);
  audit = new Audit(db.database);
  tenants = new Tenants(db.database, audit);
  keys = new ApiKeys(db.database, users, audit, new FakeClock());
  authenticator = new Authenticator(new KeyMaterial(ADMIN_KEY, Buffer.alloc(32)), db.database, users);
});

afterAll(() => db.close());

const aKey = (input: Partial<Parameters<ApiKeys['create']>[1]> = {}) =>
  keys.create(ADMIN, { name: 'test', userId: 'ada', ...input });
const bearer = (key: string, actFor?: string) => authenticator.authenticate(`Bearer ${key}`, actFor);
const anAdministratorOf = (tenantId: string): Principal => ({ ...ADMIN, tenantId, userId: 'boss', apiKeyId: null });

describe('Authenticator', () => {
  it('knows the administrator by the key of the configuration', async () => {
    expect(await bearer(ADMIN_KEY)).toEqual(ADMIN);
  });

  it('knows the holder of a made key', async () => {
    const made = await aKey({ roles: ['curator'] });

    expect(await bearer(made.key)).toEqual({
      tenantId: 'default',
      userId: 'ada',
      roles: ['curator'],
      apiKeyId: made.id,
      actedBy: null,
    });
  });

  it('knows neither a key that was never made nor one that lost its end', async () => {
    const made = await aKey();

    await expect(bearer('mk_nobody')).rejects.toMatchObject({ kind: 'unauthenticated', code: 'unauthenticated' });
    await expect(bearer(made.key.slice(0, -1))).rejects.toMatchObject({ kind: 'unauthenticated' });
  });

  it('forgets a revoked key at once', async () => {
    const made = await aKey();
    await bearer(made.key);

    await keys.revoke(ADMIN, made.id);

    await expect(bearer(made.key)).rejects.toMatchObject({ kind: 'unauthenticated' });
  });

  it('forgets a key when its time is over', async () => {
    const made = await aKey();
    await withClient(db.superuser, (client) =>
      client.query("UPDATE memori.api_keys SET expires_at = now() - interval '1 second' WHERE id = $1", [made.id]),
    );

    await expect(bearer(made.key)).rejects.toMatchObject({ kind: 'unauthenticated' });
  });

  it('lets an administrator act for a user, who comes into being', async () => {
    expect(await bearer(ADMIN_KEY, 'new%20user')).toMatchObject({ userId: 'new user', actedBy: 'admin' });

    const found = await db.database.query({ tenantId: 'default' }, "SELECT 1 FROM memori.users WHERE id = 'new user'");
    expect(found).toHaveLength(1);
  });

  it('lets a key act for others only when it was made so', async () => {
    const [plain, acting] = [await aKey(), await aKey({ mayActFor: true })];

    await expect(bearer(plain.key, 'bob')).rejects.toMatchObject({ kind: 'forbidden', code: 'acting-for-not-allowed' });
    expect(await bearer(plain.key, 'ada')).toMatchObject({ userId: 'ada', actedBy: null });
    expect(await bearer(acting.key, 'bob')).toMatchObject({ userId: 'bob', actedBy: 'ada', roles: ['member'] });
  });

  it('does not let a wrong key learn whether the user it names is well written', async () => {
    await expect(bearer('mk_nobody', '%')).rejects.toMatchObject({ kind: 'unauthenticated' });
  });
});

describe('ApiKeys', () => {
  it('stores no key that could be read back', async () => {
    const made = await aKey();

    const rows = await withClient(db.superuser, (client) => client.query('SELECT k::text FROM memori.api_keys k'));

    expect(JSON.stringify(rows.rows)).not.toContain(made.key.slice(11));
    expect(made.key.startsWith(made.prefix)).toBe(true);
  });

  it('lists the living keys of one tenant, page by page', async () => {
    const tenant = await tenants.create(ADMIN, { name: 'pages' });
    const boss = anAdministratorOf(tenant.id);
    const made = [];
    for (const name of ['a', 'b', 'c']) made.push(await keys.create(boss, { name, userId: 'boss' }));
    await keys.revoke(boss, made[1]?.id ?? '');

    const first = await keys.list(boss, { limit: 1 });
    const second = await keys.list(boss, { limit: 1, cursor: first.nextCursor ?? '' });

    expect([...first.items, ...second.items].map((key) => key.name)).toEqual(['a', 'c']);
    expect(second.nextCursor).toBeNull();
    expect(first.items[0]).not.toHaveProperty('hash');
  });

  it('hides the keys of a tenant from the administrator of another', async () => {
    const [mine, theirs] = [
      await tenants.create(ADMIN, { name: 'mine' }),
      await tenants.create(ADMIN, { name: 'theirs' }),
    ];
    const boss = anAdministratorOf(mine.id);
    const foreign = await keys.create(ADMIN, { name: 'k', userId: 'u', tenantId: theirs.id });

    await expect(keys.create(boss, { name: 'k', userId: 'u', tenantId: theirs.id })).rejects.toMatchObject({
      kind: 'not-found',
    });
    await expect(keys.list(boss, { limit: 10 }, theirs.id)).rejects.toMatchObject({ kind: 'not-found' });
    await expect(keys.revoke(boss, foreign.id)).rejects.toMatchObject({ kind: 'not-found' });
    expect(await bearer(foreign.key)).toMatchObject({ tenantId: theirs.id });
  });

  it.each([
    ['/roles', { roles: ['king'] }],
    ['/userId', { userId: '*' }],
    ['/userId', { userId: 'a\nb' }],
    ['/expiresAt', { expiresAt: '2001-01-01T00:00:00Z' }],
    ['/expiresAt', { expiresAt: 'tomorrow' }],
  ])('refuses a wrong %s', async (pointer, input) => {
    await expect(aKey(input)).rejects.toMatchObject({ code: 'invalid-request', facts: { errors: [{ pointer }] } });
  });

  it('is for administrators alone', async () => {
    const member: Principal = { ...ADMIN, roles: ['curator'] };

    await expect(keys.create(member, { name: 'k', userId: 'u' })).rejects.toMatchObject({ kind: 'forbidden' });
    await expect(keys.list(member, { limit: 1 })).rejects.toMatchObject({ kind: 'forbidden' });
  });

  it.each(['nonsense', 'AAAA', ''])('refuses the cursor %j', async (cursor) => {
    await expect(keys.list(ADMIN, { limit: 1, cursor })).rejects.toMatchObject({
      facts: { errors: [{ pointer: '/cursor' }] },
    });
  });
});

describe('Tenants', () => {
  it('are made by administrators of the tenant default alone', async () => {
    const tenant = await tenants.create(ADMIN, { name: '张三的公司', timeZone: 'Asia/Shanghai' });

    expect(tenant).toMatchObject({ name: '张三的公司', timeZone: 'Asia/Shanghai', language: null });
    await expect(tenants.create(anAdministratorOf(tenant.id), { name: 'x' })).rejects.toMatchObject({
      kind: 'forbidden',
    });
    await expect(tenants.list(anAdministratorOf(tenant.id), { limit: 1 })).rejects.toMatchObject({ kind: 'forbidden' });
  });

  it('need a time zone that exists', async () => {
    await expect(tenants.create(ADMIN, { name: 'x', timeZone: 'Mars/Olympus' })).rejects.toMatchObject({
      code: 'invalid-request',
    });
  });
});

describe('Audit', () => {
  it('keeps who made and revoked a key, and nobody can change it', async () => {
    const made = await keys.create(ADMIN, { name: 'audited', userId: 'ada' }, 'request-1');
    await keys.revoke(ADMIN, made.id, 'request-2');

    const { items } = await audit.list(ADMIN, { limit: 2 });

    expect(items.map((row) => [row.action, row.subjectId, row.requestId])).toEqual([
      ['api-key.revoke', made.id, 'request-2'],
      ['api-key.create', made.id, 'request-1'],
    ]);
    await expect(withClient(db.superuser, (client) => client.query('DELETE FROM memori.audit_log'))).rejects.toThrow(
      /append-only|permission/,
    );
  });

  it('shows a tenant its own rows only', async () => {
    const tenant = await tenants.create(ADMIN, { name: 'quiet' });

    expect(await audit.list(anAdministratorOf(tenant.id), { limit: 10 })).toEqual({ items: [], nextCursor: null });
  });
});

describe('EncryptionCheck', () => {
  const check = (byte: number) =>
    new EncryptionCheck(db.database, new KeyMaterial(ADMIN_KEY, Buffer.alloc(32, byte))).onModuleInit();

  it('lets the key of the first start pass again and refuses every other', async () => {
    await check(1);

    await expect(check(1)).resolves.toBeUndefined();
    await expect(check(2)).rejects.toThrow(/not the one that this database was set up with/);
  });
});
