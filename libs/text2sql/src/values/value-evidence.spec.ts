import type { Catalog, CatalogTable } from '../data-source/catalog';
import { linkTables } from '../linking/link-tables';
import type { ColumnValues } from './gather-values';
import { valueEvidence } from './value-evidence';
import { ValueIndex } from './value-index';

const table = (schema: string, name: string, columns: string[]): CatalogTable => ({
  schema,
  name,
  kind: 'table',
  comment: null,
  columns: columns.map((column) => ({ name: column, type: 'text', nullable: true, comment: null })),
  primaryKey: [],
  foreignKeys: [],
  estimatedRows: 0,
});

const CATALOG: Catalog = {
  version: '1',
  schemas: ['bank', 'shop', 'zoo'],
  tables: [
    table('bank', 'branches', ['id', 'town']),
    table('shop', 'stores', ['id', 'town']),
    table('zoo', 'animals', ['id', 'species']),
    table('zoo', 'keepers', ['id', 'since']),
  ],
  functions: [],
};
const column = (schema: string, name: string, columnName: string, values: string[]): ColumnValues => ({
  schema,
  table: name,
  column: columnName,
  values,
  isComplete: true,
});

let index: ValueIndex;
beforeAll(async () => {
  index = await ValueIndex.build([
    column('bank', 'branches', 'town', ['Oslo', 'Bergen']),
    column('shop', 'stores', 'town', ['Oslo', 'Paris']),
    column('zoo', 'animals', 'species', ['Panthera leo']),
  ]);
});

const evidence = (question: string) =>
  [...valueEvidence(index, question, CATALOG)].map(([{ name }, worth]) => [name, Math.round(worth * 100) / 100]);

describe('valueEvidence', () => {
  it('speaks for the tables that hold what is named, and less for each the more there are', () => {
    const [[, alone = 0] = []] = evidence('how many are in Paris') as [string, number][];
    const both = evidence('how many are in Oslo') as [string, number][];

    expect(evidence('how many are in Paris')).toEqual([['stores', alone]]);
    expect(both.map(([name]) => name)).toEqual(['branches', 'stores']);
    expect(both[0]?.[1]).toBeLessThan(alone);
  });

  it('speaks for none where nothing is named', () => {
    expect(evidence('how many are there')).toEqual([]);
  });
});

describe('linking with evidence', () => {
  const first = (question: string, withValues: boolean) => {
    const options = withValues ? { evidence: valueEvidence(index, question, CATALOG) } : {};
    return linkTables(question, CATALOG, { maxTables: 1, ...options })[0]?.name;
  };

  it('finds the table that only a value tells', () => {
    expect(first('where is the Panthera leo', true)).toBe('animals');
    expect(first('the town of Bergen', true)).toBe('branches');
  });

  it('is as before where no value is named', () => {
    expect(first('since when are there keepers', true)).toBe(first('since when are there keepers', false));
  });
});
