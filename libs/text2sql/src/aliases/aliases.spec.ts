import type { Catalog, CatalogTable } from '../data-source/catalog';
import { linkTables } from '../linking/link-tables';
import { aliasRows } from './alias-reply';
import { aliasRequest } from './alias-request';
import { chunksOf, piecesOf } from './table-pieces';
import { withAliases } from './with-aliases';

const aTable = (name: string, columns: string[], more: Partial<CatalogTable> = {}): CatalogTable => ({
  schema: 'shop',
  name,
  kind: 'table',
  comment: null,
  columns: columns.map((column) => ({
    name: column,
    type: 'text',
    nullable: true,
    comment: null,
    samples: ['a value'],
  })),
  primaryKey: [],
  foreignKeys: [],
  estimatedRows: 0,
  ...more,
});
const aCatalog = (...tables: CatalogTable[]): Catalog => ({ version: '1', schemas: ['shop'], tables, functions: [] });
const scope = { tenantId: 'default', userId: 'anna', dataSourceId: 'd' };

describe('pieces of a catalogue', () => {
  it('show names, types and comments, and never a value', () => {
    const [piece] = piecesOf(aCatalog(aTable('orders', ['id', 'city'], { comment: 'What was bought' })));

    expect(JSON.parse(piece?.line ?? '')).toEqual({
      table: 'shop.orders',
      comment: 'What was bought',
      columns: [
        { name: 'id', type: 'text' },
        { name: 'city', type: 'text' },
      ],
    });
  });

  it('change their shape with the table, and only then', () => {
    const shape = (...columns: string[]) => piecesOf(aCatalog(aTable('t', columns)))[0]?.shape;

    expect(shape('a', 'b')).toBe(shape('a', 'b'));
    expect(shape('a', 'b')).not.toBe(shape('a', 'c'));
  });

  it('cut a wide table into parts, and fill requests without losing any', () => {
    const wide = aTable(
      'wide',
      Array.from({ length: 120 }, (_, n) => `c${n}`),
    );
    const many = Array.from({ length: 200 }, (_, n) => aTable(`t${n}`, ['id']));
    const pieces = piecesOf(aCatalog(wide, ...many));

    const chunks = chunksOf(pieces, () => 10, 1000);

    expect(pieces.filter(({ table }) => table === 'wide').map(({ part }) => part)).toEqual([0, 1, 2]);
    expect(chunks.flat()).toEqual(pieces);
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThanOrEqual(60);
    for (const chunk of chunks) expect(chunk.flatMap(({ columns }) => columns).length).toBeLessThanOrEqual(100);
  });

  it('are asked about under the same key only while they are the same', () => {
    const pieces = piecesOf(aCatalog(aTable('t', ['a'])));
    const changed = piecesOf(aCatalog(aTable('t', ['b'])));
    const keyOf = (asked: typeof pieces) => aliasRequest(scope, asked, ['']).key;

    expect(keyOf(pieces)).toBe(keyOf(pieces));
    expect(keyOf(changed)).not.toBe(keyOf(pieces));
  });
});

describe('aliasRows', () => {
  const { reference } = aliasRequest(scope, piecesOf(aCatalog(aTable('orders', ['city']))), []);
  const rows = (tables: unknown) => aliasRows({ tables }, reference as never);

  it('takes what was asked about, and nothing that the model made up', () => {
    const said = [
      {
        table: 'shop.orders',
        en: ['purchases'],
        zh: ['订单'],
        columns: [
          { name: 'city', en: [], zh: ['城市'] },
          { name: 'nowhere', en: ['x'], zh: [] },
        ],
      },
      { table: 'shop.secret', en: ['x'], zh: [], columns: [] },
    ];

    expect(rows(said)).toEqual([
      { schema: 'shop', table: 'orders', column: '', language: 'en', aliases: ['purchases'] },
      { schema: 'shop', table: 'orders', column: '', language: 'zh', aliases: ['订单'] },
      { schema: 'shop', table: 'orders', column: 'city', language: 'zh', aliases: ['城市'] },
    ]);
  });

  it('keeps names short, readable and single', () => {
    const zh = ['订单', ' 订单 ', 'x'.repeat(100), 'a\0b', '', '订\n单'];

    expect(rows([{ table: 'shop.orders', en: [], zh, columns: [] }])[0]?.aliases).toEqual(['订单', '订 单']);
  });
});

describe('linking with aliases', () => {
  it('finds an English table by a Chinese word', () => {
    const filler = Array.from({ length: 30 }, (_, n) => aTable(`audit_${n}`, ['at', 'who']));
    const plain = aCatalog(...filler, aTable('shipments', ['carrier', 'left_on']));
    const stored = [{ schema: 'shop', table: 'shipments', column: '', aliases: ['发货', '运输'] }];
    const named = withAliases(plain, stored);
    const first = (catalog: Catalog) => linkTables('上个月有多少次发货?', catalog, { maxTables: 3 })[0]?.name;

    expect([first(plain), first(named)]).toEqual([expect.not.stringContaining('shipments'), 'shipments']);
    expect(named.version).toBe(plain.version);
  });
});
