import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { aliasesOf, isStrict, sharedData } from '@memori/testing';
import type { Catalog, CatalogTable } from '../data-source/catalog';
import { linkTables } from '../linking/link-tables';
import { aliasRows } from './alias-reply';
import { aliasRequest } from './alias-request';
import { piecesOf } from './table-pieces';
import { withAliases } from './with-aliases';

const shared = sharedData();

/** Questions in Chinese over databases in English, and a table that each cannot do without. */
const QUESTIONS: readonly [string, string][] = [
  ['哪位歌手的专辑最多?', 'chinook.album'],
  ['每种流派有多少首曲目?', 'chinook.genre'],
  ['去年的发票总额是多少?', 'chinook.invoice'],
  ['哪个播放列表里的歌曲最多?', 'chinook.playlist'],
  ['唱片数量排名前十的艺术家', 'chinook.artist'],
  ['哪些产品的库存不足?', 'northwind.products'],
  ['每个供应商提供多少商品?', 'northwind.suppliers'],
  ['哪个承运商运送的订单最多?', 'northwind.shippers'],
  ['每位员工负责哪些销售区域?', 'northwind.territories'],
  ['按类别统计产品数量', 'northwind.categories'],
  ['每个订单的明细有几行?', 'northwind.order_details'],
  ['哪部影片被租赁的次数最多?', 'pagila.film'],
  ['每位演员参演了多少部电影?', 'pagila.actor'],
  ['每家门店的库存有多少?', 'pagila.inventory'],
  ['本月收到的付款总额', 'pagila.payment'],
  ['各个国家有多少个城市?', 'pagila.country'],
  ['按语言统计影片数量', 'pagila.language'],
  ['哪位顾客的出租记录最多?', 'pagila.rental'],
];

function tablesOf(schema: string): CatalogTable[] {
  const script = gunzipSync(readFileSync(join(shared ?? '', `databases/${schema}.sql.gz`))).toString('utf8');
  const found = [...script.matchAll(/^CREATE TABLE (?:IF NOT EXISTS )?(?:public\.)?"?(\w+)"? *\n?\(([\s\S]*?)\n\)/gim)];
  return found.map(([, name = '', body = '']) => ({
    schema,
    name,
    kind: 'table',
    comment: null,
    columns: [...body.matchAll(/^\s+"?([a-z]\w*)"? ([a-z][\w ]*)/gim)]
      .filter(([, column = '']) => column !== 'CONSTRAINT')
      .map(([, column = '', type = '']) => ({ name: column, type, nullable: true, comment: null })),
    primaryKey: [],
    foreignKeys: [],
    estimatedRows: 0,
  }));
}

/** With the names that the fake Claude gives: a dictionary of words, and what goes wrong with one. */
function described(catalog: Catalog): Catalog {
  const scope = { tenantId: 'default', userId: 'anna', dataSourceId: 'd' };
  const request = aliasRequest(scope, piecesOf(catalog), []);
  const reply = { tables: aliasesOf(request.messages[0]?.content[0]?.text ?? '') };
  return withAliases(
    catalog,
    aliasRows(reply, request.reference as never).map(({ language: _, ...row }) => row),
  );
}

const share = (catalog: Catalog, within: number) =>
  QUESTIONS.filter(([question, gold]) =>
    linkTables(question, catalog, { maxTables: within }).some(
      ({ schema, name }) => `${schema}.${name}`.toLowerCase() === gold,
    ),
  ).length / QUESTIONS.length;

const describeWithData = shared === undefined && !isStrict() ? describe.skip : describe;

describeWithData(
  'Chinese questions over chinook, northwind and pagila as one pool (skipped without the shared data)',
  () => {
    it('find their table where aliases stand, and hardly ever without', () => {
      const tables = ['chinook', 'northwind', 'pagila'].flatMap(tablesOf);
      const plain: Catalog = { version: '1', schemas: [], tables, functions: [] };
      const named = described(plain);

      const [without, withThem] = [share(plain, 5), share(named, 5)];

      expect(tables.length).toBeGreaterThan(40);
      expect(without).toBeLessThan(0.35);
      // 15 of 18: partitions tie with their parent, and a name of a column may outweigh one of a table (国家).
      expect(withThem).toBeGreaterThan(0.8);
    });
  },
);
