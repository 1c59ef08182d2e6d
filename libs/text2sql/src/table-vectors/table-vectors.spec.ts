import { linkTables } from '../linking/link-tables';
import { rankTables } from '../linking/rank-tables';
import type { Catalog, CatalogTable } from '../data-source/catalog';
import { tableText } from './table-text';
import { TableVectors, textsOf } from './table-vectors';

const aTable = (name: string, columns: string[] = [], comment: string | null = null): CatalogTable => ({
  schema: 'shop',
  name,
  kind: 'table',
  comment,
  columns: columns.map((column) => ({ name: column, type: 'text', nullable: true, comment: null })),
  primaryKey: [],
  foreignKeys: [],
  estimatedRows: 0,
});
const aCatalog = (...tables: CatalogTable[]): Catalog => ({ version: '1', schemas: ['shop'], tables, functions: [] });

describe('tableText', () => {
  it('spells names as words, the comment before the columns', () => {
    expect(tableText(aTable('OrderItems', ['unit_price', 'qty'], 'what was bought'))).toBe(
      'order items (what was bought): unit price, qty',
    );
  });

  it('is asked for once where tables are alike', () => {
    expect(textsOf([aTable('a'), aTable('a'), aTable('b')])).toEqual(['a: ', 'b: ']);
  });
});

describe('TableVectors', () => {
  const pool = aCatalog(aTable('staff'), aTable('payroll'), aTable('rooms'), aTable('unknown'));
  const known: Record<string, Float32Array> = {
    'staff: ': Float32Array.of(0.8, 0.6),
    'payroll: ': Float32Array.of(0.6, 0.8),
    'rooms: ': Float32Array.of(0, 1),
  };
  const vectors = TableVectors.of(pool, (text) => known[text]);

  it('tell how alike each table is, from the least to the most of them', () => {
    const likeness = vectors.likeness(Float32Array.of(1, 0));

    expect([...likeness].map((value) => Number(value.toFixed(3)))).toEqual([1, 0.75, 0, 0]);
  });

  it('say nothing where all tables are alike', () => {
    const same = TableVectors.of(pool, () => Float32Array.of(1, 0));

    expect([...same.likeness(Float32Array.of(0.6, 0.8))]).toEqual([0, 0, 0, 0]);
  });

  it('bring tables that share no letter with the question, and do not overrule a name that is said', () => {
    const likeness = vectors.likeness(Float32Array.of(1, 0));

    expect(rankTables('who works here?', pool, { likeness })[0]?.table.name).toBe('staff');
    expect(rankTables('rooms', pool, { likeness })[0]?.table.name).toBe('rooms');
    expect(linkTables('who works here?', pool, { likeness, maxTables: 2 }).map(({ name }) => name)).toEqual([
      'staff',
      'payroll',
    ]);
  });
});
