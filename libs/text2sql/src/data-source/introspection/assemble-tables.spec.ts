import { assembleTables } from './assemble-tables';
import type { ColumnRow, KeyRow, TableRow } from './introspection-rows';

const table = (id: string, fields: Partial<TableRow> = {}): TableRow => ({
  id,
  schema: 'public',
  name: `t${id}`,
  kind: 'r',
  comment: null,
  estimatedRows: 0,
  hiddenColumns: 0,
  ...fields,
});
const column = (tableId: string, number: number, fields: Partial<ColumnRow> = {}): ColumnRow => ({
  tableId,
  number,
  name: `c${number}`,
  type: 'integer',
  typeId: '23',
  category: 'N',
  notNull: false,
  comment: null,
  identity: '',
  generated: '',
  ...fields,
});
const key = (tableId: string, fields: Partial<KeyRow>): KeyRow => ({
  tableId,
  kind: 'p',
  columns: [1],
  targetId: '0',
  references: null,
  ...fields,
});

describe('assembleTables', () => {
  it('puts columns and keys with their tables, keys in their own order', () => {
    const columns = [column('1', 1), column('1', 2), column('2', 1), column('2', 3)];
    const keys = [
      key('1', { columns: [2, 1] }),
      key('2', { kind: 'f', columns: [3, 1], targetId: '1', references: [2, 1] }),
    ];

    expect(assembleTables([table('1'), table('2')], columns, keys, [])).toMatchObject([
      { name: 't1', primaryKey: ['c2', 'c1'], foreignKeys: [] },
      { name: 't2', primaryKey: [], foreignKeys: [{ columns: ['c3', 'c1'], table: 't1', references: ['c2', 'c1'] }] },
    ]);
  });

  it('leaves out keys that point to what cannot be read', () => {
    const keys = [
      key('1', { columns: [1, 9] }),
      key('1', { kind: 'f', targetId: '7', references: [1] }),
      key('1', { kind: 'f', targetId: '2', references: [5] }),
    ];

    expect(assembleTables([table('1'), table('2')], [column('1', 1), column('2', 1)], keys, [])[0]).toMatchObject({
      primaryKey: [],
      foreignKeys: [],
    });
  });

  it('leaves out tables without a readable column', () => {
    expect(assembleTables([table('1')], [], [], [])).toEqual([]);
  });

  it('finds the labels of an enum through domains and arrays', () => {
    const enums = [
      { id: '10', madeOf: '0', labels: ['a', 'b'] },
      { id: '11', madeOf: '10', labels: null },
      { id: '12', madeOf: '11', labels: null },
      { id: '13', madeOf: '99', labels: null },
    ];
    const columns = ['10', '11', '12', '13'].map((typeId, index) => column('1', index + 1, { typeId }));

    const [found] = assembleTables([table('1')], columns, [], enums);
    expect(found?.columns.map(({ enumValues }) => enumValues)).toEqual([['a', 'b'], ['a', 'b'], ['a', 'b'], undefined]);
  });

  it('says what the database computes', () => {
    const columns = [
      column('1', 1, { identity: 'a' }),
      column('1', 2, { generated: 's' }),
      column('1', 3, { generated: 'v' }),
    ];

    expect(assembleTables([table('1')], columns, [], [])[0]?.columns.map(({ generated }) => generated)).toEqual([
      'identity',
      'stored',
      'virtual',
    ]);
  });
});
