import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { isStrict, sharedData } from '@memori/testing';
import type { Catalog, CatalogTable } from '../data-source/catalog';
import { linkTables } from './link-tables';

const shared = sharedData();
const read = (path: string) => gunzipSync(readFileSync(path)).toString('utf8');
const unquoted = (name = '') => name.replaceAll('"', '');

/** The tables of one schema, read off its script. */
function tablesOf(schema: string, script: string): CatalogTable[] {
  const keys = [...script.matchAll(/^ALTER TABLE ("?\w+"?) ADD FOREIGN KEY \((.*?)\) REFERENCES ("?\w+"?)/gm)];
  return [...script.matchAll(/^CREATE TABLE ("?[^(]+?"?) \((.*)\);$/gm)].map(([, name, body = '']) => ({
    schema,
    name: unquoted(name),
    kind: 'table',
    comment: null,
    columns: [...body.replace(/, PRIMARY KEY.*$/, '').matchAll(/(?:^|, )("[^"]+"|\S+) ([a-z][^,]*)/g)].map(
      ([, column, type = '']) => ({
        name: unquoted(column),
        type,
        nullable: true,
        comment: null,
      }),
    ),
    primaryKey: [],
    foreignKeys: keys
      .filter(([, from]) => unquoted(from) === unquoted(name))
      .map(([, , column = '', table]) => ({ columns: [column], schema, table: unquoted(table), references: [] })),
    estimatedRows: 0,
  }));
}

function spiderPool(root: string): Catalog {
  const schemas = readdirSync(join(root, 'schemas')).map((file) => file.replace('.sql.gz', ''));
  const tables = schemas.flatMap((schema) =>
    tablesOf(schema.toLowerCase(), read(join(root, 'schemas', `${schema}.sql.gz`))),
  );
  return { version: 'spider', schemas: [], tables, functions: [] };
}

/** The tables that the gold SQL reads, as far as they belong to the question's schema. */
function goldTables(sql: string, schema: string, known: ReadonlySet<string>): string[] {
  const names = [...sql.matchAll(/\b(?:from|join)\s+"?(\w+)"?/gi)].map(
    ([, name = '']) => `${schema}.${name.toLowerCase()}`,
  );
  return [...new Set(names)].filter((name) => known.has(name));
}

const describeWithData = shared === undefined && !isStrict() ? describe.skip : describe;

describeWithData('linking over all of Spider train as one pool (skipped without the shared data)', () => {
  it('finds all tables of the gold SQL within ten, for at least 85 of 100 questions', () => {
    const root = join(shared ?? '', 'text2sql/spider-train');
    const pool = spiderPool(root);
    const nameOf = ({ schema, name }: CatalogTable) => `${schema}.${name.toLowerCase()}`;
    const known = new Set(pool.tables.map(nameOf));
    const lines = read(join(root, 'questions.jsonl.gz')).trim().split('\n');
    let [asked, found] = [0, 0];
    for (let number = 0; number < lines.length; number += 5) {
      const { question, query_pg: sql, db_id: database } = JSON.parse(lines[number] ?? '') as Record<string, string>;
      const gold = goldTables(sql ?? '', (database ?? '').toLowerCase(), known);
      if (gold.length === 0) continue;
      const linked = new Set(linkTables(question ?? '', pool, { maxTables: 10 }).map(nameOf));
      asked++;
      if (gold.every((name) => linked.has(name))) found++;
    }

    expect(pool.tables).toHaveLength(769);
    expect(asked).toBeGreaterThan(1100);
    expect(found / asked).toBeGreaterThan(0.85);
  });
});
