import { emptyDatabase, type EmptyDatabase } from '@memori/testing';
import { connectSettling } from '../connect-source';
import { sampleCatalog } from '../sampling/sample-tables';
import type { SourceClient } from '../source-client';
import { parseSourceUrl } from '../source-url';
import { introspect } from './introspect';

describe('introspect', () => {
  const open: { source: EmptyDatabase; client: SourceClient }[] = [];

  const connected = async (sql: string) => {
    const source = await emptyDatabase(sql);
    const { client } = await connectSettling(parseSourceUrl(source.url), { allowPrivate: true });
    open.push({ source, client });
    return client;
  };

  afterEach(async () => {
    for (const { source, client } of open.splice(0)) {
      client.destroy();
      await source.close();
    }
  });

  it('reads two thousand tables with their keys, the same every time', async () => {
    const client = await connected(`DO $$ BEGIN FOR n IN 1..2000 LOOP
      EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, parent int %s, state text, amount numeric(10,2))', n, CASE WHEN n > 1 THEN format('REFERENCES t%s', n - 1) END);
      END LOOP; END $$`);

    const [first, second] = [await introspect(client, null), await introspect(client, null)];

    expect(first.catalog.tables).toHaveLength(2000);
    expect(first.catalog.tables.filter(({ foreignKeys }) => foreignKeys.length === 1)).toHaveLength(1999);
    expect(second.catalog).toEqual(first.catalog);
    const sampled = await sampleCatalog(client, first.catalog, 'safe');
    expect(sampled).toMatchObject({ missed: 0 });
    expect(sampled.catalog.tables.map(({ name }) => name)).toEqual(first.catalog.tables.map(({ name }) => name));
  }, 60_000);

  it('shows a partition where its parent is hidden, and else the parent alone', async () => {
    const client = await connected(`
      CREATE TABLE open (x int) PARTITION BY LIST (x); CREATE TABLE open_1 PARTITION OF open FOR VALUES IN (1) PARTITION BY LIST (x);
      CREATE TABLE open_1_1 PARTITION OF open_1 FOR VALUES IN (1); INSERT INTO open SELECT 1 FROM generate_series(1, 30); ANALYZE;
      CREATE TABLE closed (x int) PARTITION BY LIST (x); CREATE TABLE closed_1 PARTITION OF closed FOR VALUES IN (1);
      DO $$ BEGIN EXECUTE format('REVOKE ALL ON closed FROM %I', current_database() || '_reader'); END $$`);

    const { catalog } = await introspect(client, null);

    expect(catalog.tables.map(({ name, kind, estimatedRows }) => [name, kind, estimatedRows])).toEqual([
      ['closed_1', 'table', 0],
      ['open', 'partitioned-table', 30],
    ]);
  });

  it('leaves out what extensions brought, and names their functions', async () => {
    const client = await connected(
      'CREATE EXTENSION pg_trgm; CREATE EXTENSION pg_stat_statements; CREATE TABLE mine (x int)',
    );

    const { catalog } = await introspect(client, null);

    expect(catalog.tables.map(({ name }) => name)).toEqual(['mine']);
    expect(catalog.functions).toContainEqual(
      expect.objectContaining({ name: 'similarity', extension: 'pg_trgm', builtin: false }),
    );
  });

  it('leaves out functions that the role may not call, and marks those that run as their owner', async () => {
    const client = await connected(`CREATE TABLE mine (x int);
      CREATE FUNCTION closed() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE EXECUTE ON FUNCTION closed FROM PUBLIC;
      CREATE FUNCTION high() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
      CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int)`);

    const own = (await introspect(client, null)).catalog.functions.filter(({ builtin }) => !builtin);

    expect(own).toMatchObject([
      { name: 'high', securityDefiner: true, volatility: 'v' },
      { name: 'total', kind: 'a' },
    ]);
  });

  it('lists the types and operators that somebody made, with what they are made of', async () => {
    const client = await connected(`CREATE EXTENSION citext;
      CREATE TABLE mine (x int);
      CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN short AS varchar(10); CREATE DOMAIN moods AS mood[];
      CREATE TYPE pair AS (a int, b mood); CREATE TYPE span AS RANGE (SUBTYPE = float8);
      CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)`);

    const { types, operators } = (await introspect(client, null)).catalog;

    expect(types).toEqual([
      { schema: 'public', name: 'citext', kind: 'base', parts: [], extension: 'citext' },
      { schema: 'public', name: 'mood', kind: 'enum', parts: [], extension: null },
      { schema: 'public', name: 'moods', kind: 'domain', parts: ['mood[]'], extension: null },
      {
        schema: 'public',
        name: 'pair',
        kind: 'composite',
        parts: ['integer', 'mood'],
        fields: ['a', 'b'],
        extension: null,
      },
      { schema: 'public', name: 'short', kind: 'domain', parts: ['character varying(10)'], extension: null },
      { schema: 'public', name: 'span', kind: 'range', parts: ['double precision'], extension: null },
      { schema: 'public', name: 'span_multirange', kind: 'multirange', parts: ['double precision'], extension: null },
    ]);
    expect(operators).toContainEqual(expect.objectContaining({ schema: 'public', name: '===', extension: null }));
    expect(operators).toContainEqual(expect.objectContaining({ schema: 'public', name: '~~', extension: 'citext' }));
  });

  it('marks types whose casts run code, the constructors of ranges, and tables that can be read in part', async () => {
    const client = await connected(`
      CREATE FUNCTION noted(int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_lock(1); RETURN true; END $$;
      CREATE FUNCTION even(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 % 2 = 0';
      CREATE DOMAIN noting AS int CHECK (noted(VALUE)); CREATE DOMAIN evens AS int CHECK (even(VALUE));
      CREATE TYPE mood AS ENUM ('sad');
      CREATE FUNCTION moody(int) RETURNS mood LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify('x', 'y'); RETURN 'sad'; END $$;
      CREATE CAST (int AS mood) WITH FUNCTION moody(int) AS ASSIGNMENT;
      CREATE TYPE span AS RANGE (SUBTYPE = float8); CREATE FUNCTION span(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
      CREATE TABLE partly (id int, secret text); CREATE TABLE wholly (id int);
      DO $$ BEGIN EXECUTE format('REVOKE ALL ON partly FROM %1$I; GRANT SELECT (id) ON partly TO %1$I', current_database() || '_reader'); END $$`);

    const { types, functions, tables } = (await introspect(client, null)).catalog;

    expect(types?.flatMap(({ name, runsCode }) => (runsCode ? [[name, runsCode]] : []))).toEqual([
      ['mood', 'cast'],
      ['noting', 'check'],
    ]);
    const spans = functions.filter(({ builtin, name }) => !builtin && /^span/.test(name));
    expect(spans.map(({ name, constructsRange }) => [name, constructsRange])).toEqual([
      ['span', true],
      ['span', undefined],
      ['span_multirange', true],
    ]);
    expect(tables.map(({ name, hiddenColumns }) => [name, hiddenColumns])).toEqual([
      ['partly', 1],
      ['wholly', undefined],
    ]);
  });

  it('is not misled by functions and operators of a schema', async () => {
    const client = await connected(`CREATE TABLE mine (x int);
      CREATE FUNCTION public.format_type(oid, int) RETURNS text LANGUAGE sql AS $$ SELECT 'evil' $$;
      CREATE FUNCTION public.has_any_column_privilege(oid, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'`);

    expect((await introspect(client, null)).catalog.tables).toMatchObject([
      { columns: [{ name: 'x', type: 'integer' }] },
    ]);
  });

  it('passes over a view that fails or takes too long, and samples the rest', async () => {
    const client = await connected(`
      CREATE TABLE states (state text); INSERT INTO states VALUES ('open'), ('open'), ('done');
      CREATE VIEW slow AS SELECT 'x'::text AS label FROM pg_sleep(60);
      CREATE VIEW broken AS SELECT (1 / (length(state) - length(state)))::text AS label FROM states`);
    const { catalog } = await introspect(client, null);

    const { catalog: sampled, missed } = await sampleCatalog(client, catalog, 'safe');

    expect(missed).toBe(2);
    expect(sampled.tables.find(({ name }) => name === 'states')).toMatchObject({
      columns: [{ samples: ['open', 'done'] }],
    });
  });

  it('stops sampling when its time is over', async () => {
    const client = await connected('CREATE TABLE a (state text); CREATE TABLE b (state text)');
    const { catalog } = await introspect(client, null);

    expect(await sampleCatalog(client, catalog, 'safe', 0)).toMatchObject({ missed: 2 });
  });

  it('samples a big table over all its pages', async () => {
    const client = await connected(`CREATE TABLE big (state text);
      INSERT INTO big SELECT CASE WHEN n < 55000 THEN 'old' ELSE 'new' END FROM generate_series(1, 60000) AS n; ANALYZE big`);
    const { catalog } = await introspect(client, null);

    const { catalog: sampled } = await sampleCatalog(client, catalog, 'safe');

    expect(sampled.tables[0]?.columns[0]?.samples).toContain('old');
    expect(catalog.tables[0]?.estimatedRows).toBe(60_000);
  });
});
