import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { Env } from '@memori/config';
import type { Principal } from '@memori/scope';
import { Vault } from '@memori/security';
import { emptyDatabase, testDatabase, type EmptyDatabase, type TestDatabase } from '@memori/testing';
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

describe('SqlExecutor and its limits', () => {
  let memori: TestDatabase;
  let source: EmptyDatabase;
  let admin: Client;
  let parts: ReturnType<typeof assembleDataSources>;
  let record: DataSourceRecord;

  beforeAll(async () => {
    memori = await testDatabase();
    source = await emptyDatabase(`
      CREATE TABLE items (id int PRIMARY KEY, name text);
      INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 500) AS n;
      CREATE SCHEMA "Sch 2";
      CREATE TABLE "Sch 2"."T 中" (x int);
      CREATE FUNCTION complain() RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN RAISE EXCEPTION 'customer Alice owes %', 5; END $$;
      CREATE FUNCTION pretend() RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN RAISE EXCEPTION 'Alice' USING ERRCODE = '42703'; END $$;
    `);
    admin = new Client(source.admin);
    await admin.connect();
    // The role that the data source logs in as may write here: the executor has to stop it alone.
    await admin.query(
      `GRANT ALL ON items TO ${source.reader.name}; GRANT CREATE ON SCHEMA public TO ${source.reader.name}`,
    );
    const env = Object.assign(new Env(), { MEMORI_MAX_RESULT_BYTES: 1_000_000 });
    parts = assembleDataSources(memori.database, new Vault(randomBytes(32)), env);
    const { id } = await parts.dataSources.create(ADMIN, { name: 'source', dialect: 'postgresql', url: source.url });
    record = await parts.dataSources.resolve(ADMIN, id);
  });

  afterAll(async () => {
    await parts?.connections.onApplicationShutdown();
    await admin?.end();
    await source?.close();
    await memori?.close();
  });

  const run = (sql: string, options: Partial<RunOptions> = {}) =>
    parts.executor.run(record, sql, { maxRows: 100, ...options });
  const countOfItems = async () => Number((await admin.query('SELECT count(*) FROM items')).rows[0].count);
  const backends = async (condition: string) => {
    const sql = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = $1 AND ${condition}`;
    return (await admin.query<{ pid: number }>(sql, [source.reader.name])).rows.map(({ pid }) => pid);
  };

  it('reads one row more than asked for, and says that there are more', async () => {
    const result = await run('SELECT id FROM items ORDER BY id', { maxRows: 3 });

    expect(result).toMatchObject({ rows: ['[1]', '[2]', '[3]'], rowCount: 3, truncated: true });
  });

  it('does not call a result truncated that just fits', async () => {
    expect(await run('SELECT id FROM items ORDER BY id LIMIT 3', { maxRows: 3 })).toMatchObject({
      rowCount: 3,
      truncated: false,
    });
  });

  it('takes the head of ten million rows without reading the rest', async () => {
    const result = await run('SELECT n FROM generate_series(1, 10000000) AS g(n)', { maxRows: 2 });

    expect(result).toMatchObject({ rows: ['[1]', '[2]'], truncated: true });
  });

  it('takes the head of an endless recursion', async () => {
    const result = await run('WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT n FROM t', {
      maxRows: 2,
    });

    expect(result.rows).toEqual(['[1]', '[2]']);
  });

  it('keeps two columns of one name, and none', async () => {
    expect(await run('SELECT 1 AS a, 2 AS a')).toMatchObject({
      rows: ['[1,2]'],
      columns: [{ name: 'a' }, { name: 'a' }],
    });
    expect(await run('SELECT FROM items LIMIT 1')).toMatchObject({ rows: ['[]'], columns: [] });
  });

  it('answers no rows with their columns', async () => {
    expect(await run('SELECT id FROM items WHERE false')).toMatchObject({
      rows: [],
      rowCount: 0,
      columns: [{ name: 'id', type: 'integer' }],
    });
  });

  it('binds values by their types, and never splices them', async () => {
    const params = [
      { value: "x' OR true --", type: 'text' },
      { value: '2024-02-29', type: 'date' },
      { value: '3', type: 'integer' },
      { value: '9007199254740993', type: 'integer' },
      { value: '1.50', type: 'numeric' },
      { value: 'true', type: 'boolean' },
      { value: '2024-02-29T10:00:00+08:00', type: 'timestamptz' },
      { value: null, type: 'date' },
    ];
    const { rows, columns } = await run(`SELECT $1, $2 + 1, $3, $4, $5, $6, $7, $8`, { params });

    expect(rows).toEqual([
      `["x' OR true --","2024-03-01",3,"9007199254740993","1.50",true,"2024-02-29T02:00:00Z",null]`,
    ]);
    expect(columns.map(({ type }) => type)).toEqual([
      'text',
      'date',
      'integer',
      'bigint',
      'numeric',
      'boolean',
      'timestamp with time zone',
      'date',
    ]);
  });

  it('blames the statement, not the connection, for a wrong number of values', async () => {
    const attempt = run('SELECT $1::int + $2::int', { params: [{ value: '1', type: 'integer' }] });

    await expect(attempt).rejects.toMatchObject({ code: 'sql-failed', facts: { sqlstate: '08P01' } });
  });

  it('finds tables of every schema without their names, and types by their own', async () => {
    const { columns } = await run('SELECT x FROM "T 中"');

    expect(columns).toEqual([{ name: 'x', type: 'integer' }]);
  });

  it.each([
    ['SELECT 1; COMMIT; DELETE FROM items', '42601'],
    ['COMMIT; DELETE FROM items', '42601'],
    ['DELETE FROM items', '25006'],
    ['INSERT INTO items VALUES (0)', '25006'],
    ['WITH d AS (DELETE FROM items RETURNING *) SELECT * FROM d', '25006'],
    ['CREATE TABLE evil (x int)', '25006'],
    ['SELECT * INTO evil FROM items', '25006'],
    ['SELECT id FROM items FOR UPDATE', '25006'],
    ['SET TRANSACTION READ WRITE', '25001'],
  ])('leaves the data alone: %s', async (sql, sqlstate) => {
    const attempt = run(sql);

    if (sql.startsWith('SET')) await attempt.catch(() => undefined);
    else await expect(attempt).rejects.toMatchObject({ code: 'sql-failed', facts: { sqlstate } });
    expect(await countOfItems()).toBe(500);
  });

  it.each(['COMMIT', 'ROLLBACK', 'BEGIN', 'SELECT set_config($$transaction_read_only$$, $$off$$, false)'])(
    'does not let %s unlock the next statement',
    async (sql) => {
      await run(sql).catch(() => undefined);

      await expect(run('DELETE FROM items')).rejects.toMatchObject({ facts: { sqlstate: '25006' } });
    },
  );

  it('leaves no setting, lock or transaction behind for the next one', async () => {
    await run(
      `SELECT set_config('search_path', 'nowhere', false), set_config('TimeZone', 'Asia/Tokyo', false), pg_advisory_lock(42)`,
    );

    const { rows } = await run(`SELECT current_setting('TimeZone'), count(*)::int FROM items`);
    const locks = () => admin.query(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 42`);
    expect(rows).toEqual(['["UTC",500]']);
    // The server notices a closed connection a moment later.
    while ((await locks()).rowCount !== 0) await new Promise(setImmediate);
    expect(await backends(`state <> 'idle'`)).toEqual([]);
  });

  it.each([
    ['SELECT pg_sleep(60)'],
    ['WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t'],
    ['SELECT count(*) FROM items a, items b, items c, items d'],
  ])('stops %s after its time', async (sql) => {
    await expect(run(sql, { statementTimeoutMs: 150 })).rejects.toMatchObject({ kind: 'timeout', code: 'sql-timeout' });
    expect((await run('SELECT 1')).rows).toEqual(['[1]']);
  });

  it('does not wait for a lock for ever', async () => {
    await admin.query('BEGIN; LOCK TABLE items IN ACCESS EXCLUSIVE MODE');
    try {
      await expect(run('SELECT * FROM items', { statementTimeoutMs: 200 })).rejects.toMatchObject({
        code: 'sql-timeout',
      });
    } finally {
      await admin.query('ROLLBACK');
    }
  });

  it('cuts the connection of a value that is larger than the cap, before it is put together', async () => {
    const before = process.memoryUsage().rss;

    // Longer than the longest string of JavaScript, at which the driver would end the process.
    await expect(run(`SELECT repeat('x', 540000000)`)).rejects.toMatchObject({
      kind: 'too-large',
      code: 'result-too-large',
    });

    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
    expect((await run('SELECT 1')).rows).toEqual(['[1]']);
  }, 60_000);

  it('cuts a result whose rows are too large together', async () => {
    await expect(run(`SELECT repeat('x', 100000) FROM items`)).rejects.toMatchObject({ code: 'result-too-large' });
  });

  it('counts each result anew', async () => {
    for (let round = 0; round < 3; round++) {
      const { rows } = await run(`SELECT repeat('x', 900000)`);
      expect(rows[0]).toHaveLength(900_004);
    }
  });

  it('cancels what runs when the signal aborts, and the server stops too', async () => {
    const controller = new AbortController();
    const running = run('SELECT pg_sleep(60), 4711', { signal: controller.signal });
    while ((await backends(`query LIKE '%4711%'`)).length === 0) await new Promise(setImmediate);

    controller.abort();

    await expect(running).rejects.toMatchObject({ kind: 'cancelled', code: 'cancelled' });
    while ((await backends(`query LIKE '%4711%' AND state = 'active'`)).length > 0) await new Promise(setImmediate);
  });

  it('does not begin what was cancelled before', async () => {
    await expect(run('SELECT 1', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('says that the source went away in the middle of a statement, and works again afterwards', async () => {
    const running = run('SELECT pg_sleep(60), 4712').catch((error: unknown) => error);
    let pids: number[] = [];
    while (pids.length === 0) pids = await backends(`query LIKE '%4712%' AND state = 'active'`);

    await admin.query('SELECT pg_terminate_backend($1)', [pids[0]]);

    expect(await running).toMatchObject({ kind: 'bad-upstream', code: 'data-source-unreachable' });
    expect((await run('SELECT 1')).rows).toEqual(['[1]']);
  });

  it('replaces kept connections that the server has closed meanwhile', async () => {
    await Promise.all(Array.from({ length: 4 }, () => run('SELECT pg_sleep(0.05)')));
    await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1`, [
      source.reader.name,
    ]);

    const results = await Promise.all(Array.from({ length: 8 }, () => run('SELECT 1')));

    expect(results.every(({ rows }) => rows[0] === '[1]')).toBe(true);
  });

  it('opens four connections at most', async () => {
    const running = Array.from({ length: 12 }, () => run('SELECT pg_sleep(0.02)'));
    await Promise.all(running);

    expect((await backends('true')).length).toBeLessThanOrEqual(4);
  });

  it('masks values in what PostgreSQL says, keeps names, and gives the position in characters', async () => {
    await expect(run(`SELECT '中🔑' AS a, nmae FROM items`)).rejects.toMatchObject({
      message: 'column "nmae" does not exist',
      facts: { sqlstate: '42703', position: 19 },
    });
    await expect(run(`SELECT name::int FROM items`)).rejects.toMatchObject({
      message: 'invalid input syntax for type integer: "…"',
      facts: { sqlstate: '22P02' },
    });
  });

  it.each(['complain', 'pretend'])('withholds what a function of the owner raises: %s', async (name) => {
    const error = await run(`SELECT public.${name}()`).catch((failure: Error) => failure);

    expect(error).toMatchObject({ code: 'sql-failed' });
    expect(JSON.stringify([error, (error as Error).message, (error as Error).cause])).not.toContain('Alice');
  });

  it('refuses a time zone that the server does not know, and NUL characters', async () => {
    await expect(run('SELECT 1', { timeZone: 'Mars/Olympus' })).rejects.toMatchObject({ code: 'invalid-request' });
    await expect(run('SELECT 1', { timeZone: "UTC'; DROP TABLE items" })).rejects.toMatchObject({
      code: 'invalid-request',
    });
    await expect(run('SELECT 1\0DELETE FROM items')).rejects.toMatchObject({ code: 'invalid-request' });
  });

  it('prepares without running', async () => {
    await parts.executor.prepare(record, 'SELECT 1/0, pg_sleep(60)');

    await expect(parts.executor.prepare(record, 'SELECT nmae FROM items')).rejects.toMatchObject({
      code: 'sql-failed',
      facts: { sqlstate: '42703', position: 8 },
    });
    await expect(parts.executor.prepare(record, 'SELECT 1; SELECT 2')).rejects.toMatchObject({
      facts: { sqlstate: '42601' },
    });
  });

  it('explains without running, positions counted in the SQL as given', async () => {
    const plan = await parts.executor.explain(record, 'SELECT * FROM items a, items b WHERE a.id > $1', {
      params: [{ value: '3', type: 'integer' }],
    });

    expect(plan.estimatedRows).toBeGreaterThan(100);
    expect(plan.totalCost).toBeGreaterThan(1);
    await expect(parts.executor.explain(record, 'SELECT nmae FROM items')).rejects.toMatchObject({
      facts: { position: 8 },
    });
    await expect(parts.executor.explain(record, 'SELECT 1; DELETE FROM items')).rejects.toMatchObject({
      facts: { sqlstate: '42601' },
    });
  });
});
