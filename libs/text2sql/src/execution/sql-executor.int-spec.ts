import { randomBytes } from 'node:crypto';
import type { Principal } from '@memori/scope';
import { Vault } from '@memori/security';
import { CountingProxy, emptyDatabase, testDatabase, type EmptyDatabase, type TestDatabase } from '@memori/testing';
import { assembleDataSources } from '../data-source/assemble';
import type { DataSourceRecord } from '../data-source/data-source.record';
import type { RunOptions } from './sql-executor';

const ADMIN: Principal = {
  tenantId: 'default',
  userId: 'admin',
  roles: ['administrator'],
  apiKeyId: null,
  actedBy: null,
};

describe('SqlExecutor', () => {
  let memori: TestDatabase;
  let source: EmptyDatabase;
  let parts: ReturnType<typeof assembleDataSources>;
  let record: DataSourceRecord;

  beforeAll(async () => {
    memori = await testDatabase();
    source = await emptyDatabase(`
      CREATE TABLE items (id int PRIMARY KEY, name text);
      INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 500) AS n;
      CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
      CREATE DOMAIN small_number AS int CHECK (value < 100);
      CREATE DOMAIN few_numbers AS int[];
      CREATE TYPE pair AS (a int, b text);
      CREATE SCHEMA "Sch 2"; CREATE TABLE "Sch 2"."T 中" (x int);
    `);
    parts = assembleDataSources(memori.database, new Vault(randomBytes(32)));
    const { id } = await parts.dataSources.create(ADMIN, { name: 'source', dialect: 'postgresql', url: source.url });
    record = await parts.dataSources.resolve(ADMIN, id);
  });

  afterAll(async () => {
    await parts?.connections.onApplicationShutdown();
    await source?.close();
    await memori?.close();
  });

  const run = (sql: string, options: Partial<RunOptions> = {}) =>
    parts.executor.run(record, sql, { maxRows: 100, ...options });
  /** The first row as JSON text, and the types. */
  const first = async (sql: string, options: Partial<RunOptions> = {}) => {
    const { rows, columns } = await run(sql, options);
    return { row: rows[0], types: columns.map(({ type }) => type) };
  };

  it.each([
    ['1::int2', '1', 'smallint'],
    ['-2147483648', '-2147483648', 'integer'],
    ['4294967295::oid', '4294967295', 'oid'],
    ['9007199254740993::int8', '"9007199254740993"', 'bigint'],
    ['12.50::numeric(10,2)', '"12.50"', 'numeric(10,2)'],
    [`${'1'.repeat(100)}.${'2'.repeat(20)}::numeric`, `"${'1'.repeat(100)}.${'2'.repeat(20)}"`, 'numeric'],
    [`'NaN'::numeric`, '"NaN"', 'numeric'],
    [`'-Infinity'::numeric`, '"-Infinity"', 'numeric'],
    ['1234.5::money', '"$1,234.50"', 'money'],
    ['0.1::float8', '0.1', 'double precision'],
    ['1e300::float8', '1e+300', 'double precision'],
    ['1.5e-7::float4', '1.5e-07', 'real'],
    [`'-0'::float8`, '-0', 'double precision'],
    [`'NaN'::float8`, '"NaN"', 'double precision'],
    [`'Infinity'::float8`, '"Infinity"', 'double precision'],
    [`'-Infinity'::float4`, '"-Infinity"', 'real'],
    ['true', 'true', 'boolean'],
    ['false', 'false', 'boolean'],
    ['NULL::text', 'null', 'text'],
    [`'a"b\\c\n中🔑'::text`, '"a\\"b\\\\c\\n中🔑"', 'text'],
    [`'ab'::char(5)`, '"ab   "', 'character(5)'],
    [`'ab'::varchar(20)`, '"ab"', 'character varying(20)'],
    [`'x'::"char"`, '"x"', '"char"'],
    [`'n'::name`, '"n"', 'name'],
    [`date '2024-02-29'`, '"2024-02-29"', 'date'],
    [`date '0044-03-15 BC'`, '"0044-03-15 BC"', 'date'],
    [`date 'infinity'`, '"infinity"', 'date'],
    [`date '12345-01-01'`, '"12345-01-01"', 'date'],
    [`timestamp '2024-02-29 13:00:00.123456'`, '"2024-02-29T13:00:00.123456"', 'timestamp without time zone'],
    [`timestamp '2024-02-29 13:00'`, '"2024-02-29T13:00:00"', 'timestamp without time zone'],
    [`timestamp '0044-03-15 12:00 BC'`, '"0044-03-15T12:00:00 BC"', 'timestamp without time zone'],
    [`timestamp '-infinity'`, '"-infinity"', 'timestamp without time zone'],
    [`timestamp(3) '2024-01-01 00:00:00.5'`, '"2024-01-01T00:00:00.5"', 'timestamp(3) without time zone'],
    [`timestamptz '2024-02-29 13:00:00.123456+00'`, '"2024-02-29T13:00:00.123456Z"', 'timestamp with time zone'],
    [`timestamptz 'infinity'`, '"infinity"', 'timestamp with time zone'],
    [`time '13:00:00.5'`, '"13:00:00.5"', 'time without time zone'],
    [`timetz '13:00:00+05:30'`, '"13:00:00+05:30"', 'time with time zone'],
    [`interval '1 year 2 months 3 days 04:05:06.7'`, '"P1Y2M3DT4H5M6.7S"', 'interval'],
    [`interval '-1 day'`, '"P-1D"', 'interval'],
    [`interval '0'`, '"PT0S"', 'interval'],
    [`'\\x00ff10'::bytea`, '"AP8Q"', 'bytea'],
    [`''::bytea`, '""', 'bytea'],
    [`B'101'::bit(3)`, '"101"', 'bit(3)'],
    [`'6e0e2f4a-0000-4000-8000-0123456789ab'::uuid`, '"6e0e2f4a-0000-4000-8000-0123456789ab"', 'uuid'],
    [`'<a>b</a>'::xml`, '"<a>b</a>"', 'xml'],
    [
      `'{"a": 123456789012345678901234567890.10, "b" : [1, 2]}'::json`,
      '{"a":123456789012345678901234567890.10,"b":[1,2]}',
      'json',
    ],
    [`E'{"a b":\\n "c  \\\\" d"}'::json`, '{"a b":"c  \\" d"}', 'json'],
    [`'"\\ud800"'::json`, '"\\ud800"', 'json'],
    [`'{"n": 1.10, "t": "x y"}'::jsonb`, '{"n":1.10,"t":"x y"}', 'jsonb'],
    [`'null'::jsonb`, 'null', 'jsonb'],
    ['ARRAY[1,NULL,3]', '[1,null,3]', 'integer[]'],
    ['ARRAY[[1,2],[3,4]]', '[[1,2],[3,4]]', 'integer[]'],
    [`'[0:1]={7,8}'::int[]`, '[7,8]', 'integer[]'],
    [`'{}'::text[]`, '[]', 'text[]'],
    [`ARRAY['a,b','c"d','NULL',NULL,'','e\\f','{x}']`, '["a,b","c\\"d","NULL",null,"","e\\\\f","{x}"]', 'text[]'],
    ['ARRAY[9007199254740993]::int8[]', '["9007199254740993"]', 'bigint[]'],
    [`ARRAY['NaN',1]::float8[]`, '["NaN",1]', 'double precision[]'],
    ['ARRAY[true,false]', '[true,false]', 'boolean[]'],
    [`ARRAY['{"a": 1}','[1, "b c"]']::jsonb[]`, '[{"a":1},[1,"b c"]]', 'jsonb[]'],
    [`ARRAY['\\x01']::bytea[]`, '["AQ=="]', 'bytea[]'],
    [`ARRAY[timestamptz '2024-01-01 00:00+00']`, '["2024-01-01T00:00:00Z"]', 'timestamp with time zone[]'],
    [`ARRAY['(1,1),(0,0)','(3,3),(2,2)']::box[]`, '["(1,1),(0,0)","(3,3),(2,2)"]', 'box[]'],
    [`'1 2 3'::int2vector`, '"1 2 3"', 'int2vector'],
    [`'happy'::mood`, '"happy"', 'mood'],
    [`ARRAY['ok','sad']::mood[]`, '["ok","sad"]', 'mood[]'],
    ['5::small_number', '5', 'integer'],
    ['ARRAY[5]::small_number[]', '[5]', 'small_number[]'],
    [`'{1,2}'::few_numbers`, '[1,2]', 'integer[]'],
    [`ARRAY['{1,2}'::few_numbers]`, '[[1,2]]', 'few_numbers[]'],
    [`ROW(1,'x y')::pair`, '"(1,\\"x y\\")"', 'pair'],
    ['int4range(1,5)', '"[1,5)"', 'int4range'],
    [`inet '10.0.0.1/8'`, '"10.0.0.1/8"', 'inet'],
    [`'a & b'::tsquery`, `"'a' & 'b'"`, 'tsquery'],
    [`point '(1,2)'`, '"(1,2)"', 'point'],
    ['NULL', 'null', 'text'],
  ])('renders %s', async (expression, json, type) => {
    expect(await first(`SELECT ${expression}`)).toEqual({ row: `[${json}]`, types: [type] });
  });

  it.each([
    ['Asia/Shanghai', '2024-02-29 13:00+00', '2024-02-29T21:00:00+08:00'],
    ['Asia/Kolkata', '2024-02-29 13:00+00', '2024-02-29T18:30:00+05:30'],
    ['America/St_Johns', '2024-01-01 12:00+00', '2024-01-01T08:30:00-03:30'],
    ['Asia/Shanghai', '1900-01-01 00:00+00', '1900-01-01T08:05:43+08:05:43'],
    ['Europe/London', '2024-01-01 00:00+00', '2024-01-01T00:00:00Z'],
    ['+08:00', '2024-02-29 13:00+00', '2024-02-29T21:00:00+08:00'],
    ['UTC', '0044-03-15 00:00:00+00 BC', '0044-03-15T00:00:00Z BC'],
  ])('shows a moment under the zone %s', async (timeZone, moment, shown) => {
    expect((await first(`SELECT timestamptz '${moment}'`, { timeZone })).row).toBe(`["${shown}"]`);
  });

  it('looks at the plan without a round trip more', async () => {
    const { hostname, port } = new URL(source.url);
    const proxy = await CountingProxy.start({ host: hostname, port: Number(port) });
    const url = Object.assign(new URL(source.url), { port: String(proxy.port) }).href;
    const { id } = await parts.dataSources.create(ADMIN, { name: 'counted', dialect: 'postgresql', url });
    const counted = await parts.dataSources.resolve(ADMIN, id);
    const tripsOf = async (options: Partial<RunOptions>) => {
      const before = proxy.roundTrips;
      await parts.executor.run(counted, 'SELECT id FROM items', { maxRows: 5, ...options });
      return proxy.roundTrips - before;
    };
    await tripsOf({});
    let rows = 0;

    const without = await tripsOf({});
    const having = await tripsOf({ onPlan: ({ estimatedRows }) => (rows = estimatedRows) });

    expect([without, having]).toEqual([3, 3]);
    expect(rows).toBeGreaterThan(0);
    await parts.connections.evict(id);
    await proxy.stop();
  });

  it("runs nothing when the plan is not to somebody's liking, and serves the next statement", async () => {
    const onPlan = () => {
      throw new Error('too dear');
    };

    await expect(run('SELECT id FROM items', { onPlan })).rejects.toThrow('too dear');
    await expect(run('SELECT count(*) FROM items')).resolves.toMatchObject({ rows: ['["500"]'] });
  });

  it('tells the place of a fault in the SQL as given, though the plan met it', async () => {
    const failure = run('SELECT naem FROM items', { onPlan: () => undefined });

    await expect(failure).rejects.toMatchObject({ sqlstate: '42703', position: 8 });
  });
});
