import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { Env } from '@memori/config';
import type { Principal } from '@memori/scope';
import { Vault } from '@memori/security';
import { emptyDatabase, testDatabase, type EmptyDatabase, type TestDatabase } from '@memori/testing';
import { assembleDataSources } from './assemble';
import type { DataSourceInput } from './data-source.record';

const ADMIN: Principal = {
  tenantId: 'default',
  userId: 'admin',
  roles: ['administrator'],
  apiKeyId: null,
  actedBy: null,
};
const MEMBER: Principal = { ...ADMIN, userId: 'eva', roles: ['member'] };

const SHOP = `
  CREATE TYPE status AS ENUM ('open', 'paid', 'sent');
  CREATE DOMAIN status_list AS status[];
  CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, email text, tier text, "手机号" text);
  INSERT INTO customers SELECT n, 'Person ' || n, 'p' || n || '@example.com', CASE n % 2 WHEN 0 THEN 'gold' ELSE 'silver' END, '13800138000' FROM generate_series(1, 40) AS n;
  CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int NOT NULL REFERENCES customers, state status NOT NULL DEFAULT 'open',
    history status_list, total numeric(10,2), doubled numeric GENERATED ALWAYS AS (total * 2) STORED, channel varchar(20));
  INSERT INTO orders (customer, total, channel) SELECT 1 + n % 40, n, (ARRAY['web','shop','phone'])[1 + n % 3] FROM generate_series(1, 100) AS n;
  COMMENT ON TABLE orders IS 'Orders 订单'; COMMENT ON COLUMN orders.total IS 'in EUR';
  CREATE VIEW totals AS SELECT customer, sum(total) AS total FROM orders GROUP BY customer;
  CREATE MATERIALIZED VIEW best AS SELECT * FROM totals;
  CREATE TABLE events (at date NOT NULL, kind text, PRIMARY KEY (at, kind)) PARTITION BY RANGE (at);
  CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
  CREATE FUNCTION vat(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 0.19';
  CREATE PROCEDURE tidy() LANGUAGE sql AS 'SELECT 1';
  CREATE SCHEMA "Lager 仓库"; CREATE TABLE "Lager 仓库"."a""b 🔑" ("X y" int PRIMARY KEY);
  ANALYZE;`;

describe('DataSources', () => {
  let memori: TestDatabase;
  let source: EmptyDatabase;
  let parts: ReturnType<typeof assembleDataSources>;
  const vault = new Vault(randomBytes(32));

  beforeAll(async () => {
    memori = await testDatabase();
    source = await emptyDatabase(SHOP);
    parts = assembleDataSources(memori.database, vault);
  });

  afterEach(async () => {
    for (const { id } of (await parts.dataSources.list(ADMIN, { limit: 200 })).items)
      await parts.dataSources.delete(ADMIN, id);
  });

  afterAll(async () => {
    await parts?.connections.onApplicationShutdown();
    await source?.close();
    await memori?.close();
  });

  const input = (fields: Partial<DataSourceInput> = {}): DataSourceInput => ({
    name: 'shop',
    dialect: 'postgresql',
    url: source.url,
    ...fields,
  });
  const create = (fields: Partial<DataSourceInput> = {}) => parts.dataSources.create(ADMIN, input(fields));
  const catalogOf = async (id: string) => parts.dataSources.catalog(await parts.dataSources.resolve(ADMIN, id));
  const tableOf = async (id: string, name: string) => (await catalogOf(id)).tables.find((table) => table.name === name);
  const columnOf = async (id: string, table: string, name: string) =>
    (await tableOf(id, table))?.columns.find((column) => column.name === name);
  const inSource = async (sql: string) => {
    const client = new Client(source.admin);
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };

  it('registers a database, and never gives its password back', async () => {
    const view = await create({ description: 'The shop', timeZone: 'Asia/Shanghai' });

    expect(view).toMatchObject({
      name: 'shop',
      dialect: 'postgresql',
      host: '127.0.0.1',
      database: source.name,
      username: source.reader.name,
      schemas: ['public', 'Lager 仓库'],
      description: 'The shop',
      ssl: 'disable',
      sampleValues: 'safe',
      timeZone: 'Asia/Shanghai',
      tables: 6,
    });
    expect(view.version).toMatch(/^[0-9a-f]{32}$/);
    const rows = await memori.database.query(
      { tenantId: 'default' },
      'SELECT d::text AS text FROM memori.data_sources AS d',
    );
    expect(JSON.stringify([view, rows])).not.toContain(source.reader.password);
    expect(JSON.stringify(rows)).not.toContain(Buffer.from(source.reader.password).toString('hex'));
  });

  it('reads tables, columns, keys, comments, enums and functions', async () => {
    const { id } = await create();
    const catalog = await catalogOf(id);

    expect(catalog.tables.map(({ name, kind }) => [name, kind])).toEqual([
      ['best', 'materialized-view'],
      ['customers', 'table'],
      ['events', 'partitioned-table'],
      ['orders', 'table'],
      ['totals', 'view'],
      ['a"b 🔑', 'table'],
    ]);
    expect(catalog.tables.find(({ name }) => name === 'orders')).toMatchObject({
      schema: 'public',
      comment: 'Orders 订单',
      primaryKey: ['id'],
      foreignKeys: [{ columns: ['customer'], schema: 'public', table: 'customers', references: ['id'] }],
      estimatedRows: 100,
      columns: [
        { name: 'id', type: 'bigint', nullable: false, comment: null, generated: 'identity' },
        { name: 'customer', type: 'integer', nullable: false, comment: null },
        { name: 'state', type: 'status', nullable: false, comment: null, enumValues: ['open', 'paid', 'sent'] },
        { name: 'history', type: 'status_list', nullable: true, enumValues: ['open', 'paid', 'sent'] },
        { name: 'total', type: 'numeric(10,2)', nullable: true, comment: 'in EUR' },
        { name: 'doubled', type: 'numeric', generated: 'stored' },
        { name: 'channel', type: 'character varying(20)', samples: ['shop', 'phone', 'web'].sort() },
      ].map((column) => (column.samples ? { ...column, samples: expect.arrayContaining(column.samples) } : column)),
    });
    expect(catalog.tables.find(({ name }) => name === 'events')).toMatchObject({
      primaryKey: ['at', 'kind'],
      columns: [{ name: 'at' }, { name: 'kind' }],
    });
    expect(catalog.functions).toContainEqual({
      schema: 'public',
      name: 'vat',
      kind: 'f',
      volatility: 'i',
      builtin: false,
      extension: null,
      securityDefiner: false,
    });
    expect(catalog.functions).toContainEqual(
      expect.objectContaining({ schema: 'pg_catalog', name: 'count', kind: 'a', builtin: true }),
    );
    expect(catalog.functions.map(({ name }) => name)).not.toContain('tidy');
  });

  it('shows safe samples only, everything or nothing, as asked', async () => {
    const { id } = await create();
    expect(await columnOf(id, 'customers', 'tier')).toMatchObject({ samples: ['gold', 'silver'] });
    for (const name of ['name', 'email', '手机号']) {
      const column = await columnOf(id, 'customers', name);
      expect(column).toMatchObject({ sensitive: true });
      expect(column).not.toHaveProperty('samples');
    }

    await parts.dataSources.update(ADMIN, id, { sampleValues: 'all' });
    expect(await columnOf(id, 'customers', '手机号')).toMatchObject({ samples: ['13800138000'] });

    const { version } = await parts.dataSources.update(ADMIN, id, { sampleValues: 'off' });
    expect(JSON.stringify(await catalogOf(id))).not.toContain('samples');
    expect(version).toBe((await parts.dataSources.sync(ADMIN, id)).version);
  });

  it('sees only what the role may read, down to columns', async () => {
    await inSource(`CREATE TABLE secrets (id int PRIMARY KEY, open_part int, closed_part int REFERENCES customers);
      REVOKE ALL ON secrets FROM ${source.reader.name}; GRANT SELECT (open_part) ON secrets TO ${source.reader.name};
      CREATE TABLE hidden (x int); REVOKE ALL ON hidden FROM ${source.reader.name};`);
    try {
      const { id } = await create();

      expect(await tableOf(id, 'secrets')).toMatchObject({
        columns: [{ name: 'open_part' }],
        primaryKey: [],
        foreignKeys: [],
      });
      expect(await tableOf(id, 'hidden')).toBeUndefined();
    } finally {
      await inSource('DROP TABLE secrets, hidden');
    }
  });

  it('keeps the version until the catalogue changes, and takes the change up by sync', async () => {
    const { id, version } = await create();
    await inSource(`INSERT INTO orders (customer, total) VALUES (1, 5); ANALYZE orders`);
    expect((await parts.dataSources.sync(ADMIN, id)).version).toBe(version);
    expect((await tableOf(id, 'orders'))?.estimatedRows).toBe(101);

    await inSource(`COMMENT ON COLUMN orders.total IS 'in USD'`);
    const changed = await parts.dataSources.sync(ADMIN, id);

    expect(changed.version).not.toBe(version);
    expect(await columnOf(id, 'orders', 'total')).toMatchObject({ comment: 'in USD' });
    await inSource(`COMMENT ON COLUMN orders.total IS 'in EUR'`);
    expect((await parts.dataSources.sync(ADMIN, id)).version).toBe(version);
  });

  it('takes the schemas that are asked for, in their order', async () => {
    expect(await create({ schemas: ['Lager 仓库', 'public'] })).toMatchObject({
      schemas: ['Lager 仓库', 'public'],
      tables: 6,
    });
    expect(await create({ name: 'other', schemas: ['Lager 仓库'] })).toMatchObject({
      schemas: ['Lager 仓库'],
      tables: 1,
    });
    await expect(create({ name: 'third', schemas: ['public', 'nowhere'] })).rejects.toMatchObject({
      code: 'invalid-request',
      facts: { errors: [{ pointer: '/schemas/1' }] },
    });
  });

  it('changes by merge patch: what is absent stays, null is the default', async () => {
    const { id, version } = await create({ description: 'x', schemas: ['public'], timeZone: 'UTC' });

    expect(await parts.dataSources.update(ADMIN, id, { name: 'store' })).toMatchObject({
      name: 'store',
      description: 'x',
      schemas: ['public'],
      version,
    });
    expect(
      await parts.dataSources.update(ADMIN, 'store', { description: null, timeZone: null, schemas: null }),
    ).toMatchObject({
      description: null,
      timeZone: null,
      schemas: ['public', 'Lager 仓库'],
    });
    await expect(
      parts.dataSources.update(ADMIN, id, { url: 'postgresql://nobody:wrong@127.0.0.1:1/x' }),
    ).rejects.toMatchObject({ code: 'data-source-unreachable' });
    expect(await parts.dataSources.get(ADMIN, id)).toMatchObject({ host: '127.0.0.1', username: source.reader.name });
  });

  it('runs the next question over the new connection after the address changed', async () => {
    const { id } = await create();
    const other = await emptyDatabase('CREATE TABLE only_here (x int)');
    try {
      const before = await parts.dataSources.resolve(ADMIN, id);
      await parts.executor.run(before, 'SELECT 1', { maxRows: 1 });
      await parts.dataSources.update(ADMIN, id, { url: other.url });

      const after = await parts.dataSources.resolve(ADMIN, id);
      expect((await parts.executor.run(after, 'SELECT count(*)::int FROM only_here', { maxRows: 1 })).rows).toEqual([
        '[0]',
      ]);
    } finally {
      await parts.dataSources.delete(ADMIN, id);
      await other.close();
    }
  });

  it('refuses two of one name', async () => {
    const { id } = await create();
    const { id: other } = await create({ name: 'other' });

    await expect(create()).rejects.toMatchObject({ kind: 'conflict', code: 'conflict' });
    await expect(parts.dataSources.update(ADMIN, other, { name: 'shop' })).rejects.toMatchObject({ code: 'conflict' });
    await expect(parts.dataSources.update(ADMIN, id, { name: 'shop' })).resolves.toBeDefined();
  });

  it('lets members see and administrators change', async () => {
    const { id } = await create();

    expect(await parts.dataSources.get(MEMBER, 'shop')).toMatchObject({ id });
    for (const attempt of [
      () => parts.dataSources.create(MEMBER, input()),
      () => parts.dataSources.update(MEMBER, id, {}),
      () => parts.dataSources.delete(MEMBER, id),
      () => parts.dataSources.sync(MEMBER, id),
      () => parts.dataSources.test(MEMBER, id),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'forbidden' });
    }
  });

  it('shows nothing of another tenant', async () => {
    const { id } = await create();
    await memori.database
      .call(`INSERT INTO memori.tenants (id, name) VALUES ('other', 'other') ON CONFLICT DO NOTHING`)
      .catch(() => undefined);
    const stranger = { ...ADMIN, tenantId: 'other' };

    for (const ref of [id, 'shop'])
      await expect(parts.dataSources.get(stranger, ref)).rejects.toMatchObject({ code: 'not-found' });
    expect((await parts.dataSources.list(stranger, { limit: 50 })).items).toEqual([]);
  });

  it('resolves the only one without a name, and asks when there are several or none', async () => {
    await expect(parts.dataSources.resolve(MEMBER)).rejects.toThrow('no data source yet');
    const { id } = await create();
    expect(await parts.dataSources.resolve(MEMBER)).toMatchObject({ id });
    await create({ name: 'other' });
    await expect(parts.dataSources.resolve(MEMBER)).rejects.toThrow(/"shop", "other"/);
    await expect(parts.dataSources.resolve(MEMBER, 'no\0such')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('lists page by page', async () => {
    for (const name of ['a', 'b', 'c']) await create({ name, schemas: ['Lager 仓库'], sampleValues: 'off' });

    const first = await parts.dataSources.list(ADMIN, { limit: 2 });
    const second = await parts.dataSources.list(ADMIN, { limit: 2, cursor: first.nextCursor ?? '' });

    expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(second.nextCursor).toBeNull();
  });

  it('deletes it with its catalogue and connections', async () => {
    const { id } = await create();
    const record = await parts.dataSources.resolve(ADMIN, id);
    await parts.executor.run(record, 'SELECT 1', { maxRows: 1 });

    await parts.dataSources.delete(ADMIN, id);

    await expect(parts.dataSources.get(ADMIN, id)).rejects.toMatchObject({ code: 'not-found' });
    await expect(parts.executor.run(record, 'SELECT 1', { maxRows: 1 })).rejects.toMatchObject({ code: 'not-found' });
    expect(parts.connections.size).toBe(0);
    const left = await memori.database.query(
      { tenantId: 'default' },
      'SELECT FROM memori.data_source_snapshots WHERE data_source_id = $1',
      [id],
    );
    expect(left).toHaveLength(0);
  });

  it('audits changes without addresses or secrets', async () => {
    const { id } = await create();
    await parts.dataSources.update(ADMIN, id, { description: 'new words' });

    const rows = await memori.database.query<{ action: string }>(
      { tenantId: 'default' },
      'SELECT action, details FROM memori.audit_log WHERE subject_id = $1 ORDER BY id',
      [id],
    );
    expect(rows).toEqual([
      { action: 'data-source.created', details: {} },
      { action: 'data-source.changed', details: { fields: ['description'] } },
    ]);
  });

  describe('what cannot be one', () => {
    const failure = async (fields: Partial<DataSourceInput>) => {
      const error = await create(fields).then(
        () => undefined,
        (caught: Error & { cause?: Error }) => caught,
      );
      expect((await parts.dataSources.list(ADMIN, { limit: 50 })).items).toEqual([]);
      expect(JSON.stringify([error, error?.message, error?.cause?.message])).not.toMatch(/sEcret|wr0ng/);
      return error;
    };
    const urlWith = (user: string, password: string, database = source.name) => {
      const { port } = new URL(source.url.replace('postgresql:', 'http:'));
      return `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`;
    };

    it('refuses a port on which nobody listens', async () => {
      expect(await failure({ url: 'postgresql://u:sEcret@127.0.0.1:1/d' })).toMatchObject({
        kind: 'bad-upstream',
        code: 'data-source-unreachable',
      });
    });

    it('refuses a host that does not exist', async () => {
      expect(await failure({ url: 'postgresql://u:sEcret@no-such-host.invalid/d' })).toMatchObject({
        code: 'data-source-unreachable',
      });
    });

    it('refuses a wrong password, an unknown role and an empty password', async () => {
      for (const [user, password] of [
        [source.reader.name, 'wr0ng'],
        ['nobody', 'wr0ng'],
        [source.reader.name, ''],
      ] as const) {
        expect(await failure({ url: urlWith(user, password) })).toMatchObject({ code: 'data-source-credentials' });
      }
    });

    it('refuses a database that does not exist', async () => {
      expect(await failure({ url: source.url.replace(/\/[^/]+$/, '/nowhere') })).toMatchObject({
        code: 'data-source-unreachable',
      });
    });

    it("refuses Memori's own database, by whatever name", async () => {
      for (const host of ['127.0.0.1', 'localhost', '2130706433']) {
        expect(await failure({ url: memori.url.replace('127.0.0.1', host) })).toMatchObject({ code: 'own-database' });
      }
    });

    it('refuses a database in which nothing can be read', async () => {
      const empty = await emptyDatabase();
      expect(await failure({ url: empty.url })).toMatchObject({ kind: 'invalid', code: 'schema-empty' });
      await empty.close();
    });

    it.each([
      '169.254.169.254',
      '[fe80::1]',
      '0.0.0.0',
      '[::ffff:169.254.169.254]',
      '2852039166',
      '0xa9fea9fe',
      'metadata.google.internal',
      '[fd00:ec2::254]',
      '224.0.0.1',
      '%2Ftmp',
    ])('refuses the address %s without a connection', async (host) => {
      expect(await failure({ url: `postgresql://u:sEcret@${host}/d` })).toMatchObject({
        kind: 'invalid',
        code: 'data-source-address',
      });
    });

    it('refuses private addresses where only public ones are allowed', async () => {
      const strict = assembleDataSources(
        memori.database,
        vault,
        Object.assign(new Env(), { MEMORI_ALLOW_PRIVATE_DATA_SOURCES: false }),
      );

      for (const host of ['127.0.0.1', 'localhost', '10.0.0.1', '[::1]']) {
        await expect(
          strict.dataSources.create(ADMIN, input({ url: `postgresql://u:p@${host}/d` })),
        ).rejects.toMatchObject({ code: 'data-source-address' });
      }
    });

    it('refuses a role that may write where least privilege is required, and reports it elsewhere', async () => {
      await inSource(`GRANT INSERT ON orders TO ${source.reader.name}`);
      const strict = assembleDataSources(
        memori.database,
        vault,
        Object.assign(new Env(), { MEMORI_REQUIRE_LEAST_PRIVILEGE: true }),
      );
      try {
        await expect(strict.dataSources.create(ADMIN, input())).rejects.toMatchObject({
          code: 'invalid-request',
          message: expect.stringContaining('public.orders'),
        });
        expect((await create()).findings).toContainEqual(
          expect.objectContaining({ code: 'role-may-write', severity: 'warning' }),
        );
      } finally {
        await inSource(`REVOKE INSERT ON orders FROM ${source.reader.name}`);
      }
      await expect(strict.dataSources.create(ADMIN, input({ name: 'strict' }))).resolves.toBeDefined();
    });

    it('refuses what is not valid, naming every field', async () => {
      expect(
        await failure({ name: ' ', dialect: 'mysql', timeZone: 'Mars', sampleValues: 'some' as never }),
      ).toMatchObject({
        facts: {
          errors: [
            { pointer: '/name' },
            { pointer: '/dialect' },
            { pointer: '/sampleValues' },
            { pointer: '/timeZone' },
          ],
        },
      });
    });
  });

  it('tests a connection, and reports a failure as an answer', async () => {
    const { id } = await create();
    expect(await parts.dataSources.test(ADMIN, id)).toMatchObject({
      ok: true,
      serverVersion: expect.stringMatching(/^\d+/),
      latencyMs: expect.any(Number),
      findings: [],
    });

    await inSource(`ALTER ROLE ${source.reader.name} PASSWORD 'changed'`);
    try {
      expect(await parts.dataSources.test(ADMIN, id)).toMatchObject({
        ok: false,
        serverVersion: null,
        error: { code: 'data-source-credentials' },
      });
    } finally {
      await inSource(`ALTER ROLE ${source.reader.name} PASSWORD '${source.reader.password}'`);
    }
  });

  it.each(['p@ss:w/rd%?#[]', 'pässwörd 密码🔑', 'quote\'"\\ back', '+ +'])(
    'logs in with the password %s',
    async (password) => {
      await inSource(
        `CREATE ROLE odd LOGIN PASSWORD E'${password.replace(/['\\]/g, '\\$&')}'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO odd`,
      );
      try {
        const url = source.url.replace(/\/\/.*@/, `//odd:${encodeURIComponent(password)}@`);
        const { id } = await create({ url });
        const record = await parts.dataSources.resolve(ADMIN, id);
        expect((await parts.executor.run(record, 'SELECT current_user', { maxRows: 1 })).rows).toEqual(['["odd"]']);
        await parts.dataSources.delete(ADMIN, id);
      } finally {
        await inSource('DROP OWNED BY odd; DROP ROLE odd');
      }
    },
  );
});
