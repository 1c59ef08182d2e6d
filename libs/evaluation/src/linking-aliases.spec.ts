import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { InputError, readRecords } from '@memori/golds';
import { isStrict, sharedData } from '@memori/testing';
import { type Catalog, withAliases } from '@memori/text2sql';
import { aliasesUsed, aliasMetrics, aliasRecords } from './linking-aliases';

const FROZEN = join(__dirname, 'chinese/aliases.jsonl');
const read = (fields: Record<string, unknown>) => aliasRecords([{ fields, place: 'n.jsonl:2' }]);

describe('aliasRecords', () => {
  it('gives the names as the alias job would have stored them', () => {
    const line = { schema: 's', table: 't', aliases: ['订单'], columns: { total: ['金额', '总额'], id: [] } };

    expect(read(line)).toEqual([
      { schema: 's', table: 't', column: '', aliases: ['订单'] },
      { schema: 's', table: 't', column: 'total', aliases: ['金额', '总额'] },
    ]);
    expect(read({ schema: 's', table: 't' })).toEqual([]);
  });

  it.each([
    [{ table: 't' }, 'n.jsonl:2: "schema" and "table" are to be names.'],
    [{ schema: 's', table: 't', aliases: '订单' }, '"aliases" is to be a list of names'],
    [{ schema: 's', table: 't', columns: [] }, '"columns" is to be an object'],
    [{ schema: 's', table: 't', columns: { a: ['x', ' '] } }, '"a" is to be a list of names'],
  ])('refuses %j', (fields, message) => {
    expect(() => read(fields)).toThrow(InputError);
    expect(() => read(fields)).toThrow(message);
  });
});

describe('aliasesUsed', () => {
  const column = (name: string) => ({ name, type: 'text', nullable: true, comment: null });
  const table = (name: string) => ({
    schema: 's',
    name,
    kind: 'table' as const,
    comment: null,
    columns: [column('a')],
    primaryKey: [],
    foreignKeys: [],
    estimatedRows: 0,
  });
  const plain: Catalog = { version: '1', schemas: ['s'], tables: [table('t'), table('other')], functions: [] };
  const catalog = withAliases(plain, [
    { schema: 's', table: 't', column: '', aliases: ['航班', 'art', 'c++ (code)'] },
    { schema: 's', table: 't', column: 'a', aliases: ['票价', 'GDP'] },
    { schema: 's', table: 'other', column: '', aliases: ['机场'] },
  ]);
  const used = (question: string) => aliasesUsed(question, new Set(['s.t']), catalog);

  it.each([
    ['哪些航班的票价最高?', ['航班'], ['票价']],
    ['从哪个机场起飞?', [], []],
    ['ＧＤＰ最高的', [], ['GDP']],
    ['when does the party start', [], []],
    ['modern Art!', ['art'], []],
    ['who likes C++ (code)?', ['c++ (code)'], []],
  ])('%s', (question, ofTables, ofColumns) => {
    expect(used(question)).toEqual({ ofTables, ofColumns });
  });
});

it('aliasMetrics tell what is owed to aliases, and what is found where no alias stands in the question', () => {
  const without = { strictAt5: false, strictAt10: true, recall: 0.5 };
  const metrics = aliasMetrics([
    { ok: true, effect: { ofTables: ['航班'], ofColumns: [], without } },
    { ok: false, effect: { ofTables: [], ofColumns: ['票价'], without: { ...without, strictAt10: false } } },
    { ok: true, effect: { ofTables: [], ofColumns: [], without: { ...without, recall: 0 } } },
    { ok: false, effect: { ofTables: [], ofColumns: [], without } },
  ]);

  expect(Object.fromEntries(Object.entries(metrics).map(([name, { value }]) => [name, value]))).toEqual({
    strictRecallAt5WithoutAliases: 0,
    strictRecallAt10WithoutAliases: 3 / 4,
    recallAt10WithoutAliases: 3 / 8,
    noTableAlias: 3 / 4,
    noAlias: 1 / 2,
    strictRecallAt10NoTableAlias: 1 / 3,
    strictRecallAt10NoAlias: 1 / 2,
  });
});

describe('the frozen Chinese names', () => {
  const rows = aliasRecords(readRecords([FROZEN]));

  it('are those whose hash stands in the documentation', () => {
    const hash = createHash('sha256').update(readFileSync(FROZEN)).digest('hex');

    expect(readFileSync(join(__dirname, '../../../docs/evaluation.md'), 'utf8')).toContain(hash);
  });

  it('keep to what the alias job asks for: a few names each, in Chinese, none twice', () => {
    expect(rows.filter(({ aliases }) => aliases.length > 4 || new Set(aliases).size < aliases.length)).toEqual([]);
    expect(rows.flatMap(({ aliases }) => aliases).filter((name) => !/\p{Script=Han}/u.test(name))).toEqual([]);
    expect(rows.filter(({ column, aliases }) => column === '' && aliases.length < 2)).toEqual([]);
  });

  const shared = sharedData();
  const itWithData = shared === undefined && !isStrict() ? it.skip : it;
  itWithData(
    'name each table of the 144 schemas, and no column that is not there (skipped without the shared data)',
    () => {
      const root = join(shared ?? '', 'text2sql/spider-train/schemas');
      const schemas = [...new Set(rows.map(({ schema }) => schema))];
      const tables = schemas.flatMap((schema) => {
        const script = gunzipSync(readFileSync(join(root, `${schema}.sql.gz`))).toString('utf8');
        return [...script.matchAll(/^CREATE TABLE "?(\w+)"? \((.*)\);$/gm)].map(([, name = '', columns = '']) => ({
          name: `${schema}.${name}`,
          columns,
        }));
      });
      const columnsOf = new Map(tables.map(({ name, columns }) => [name, `, ${columns}`]));
      const strangers = rows.filter(({ schema, table, column }) => {
        const columns = columnsOf.get(`${schema}.${table}`) ?? '';
        return column !== '' && !columns.includes(`, ${column} `) && !columns.includes(`, "${column}" `);
      });

      expect(schemas).toHaveLength(144);
      expect(new Set(rows.map(({ schema, table }) => `${schema}.${table}`))).toEqual(new Set(columnsOf.keys()));
      expect(columnsOf.size).toBe(769);
      expect(strangers).toEqual([]);
    },
  );
});
