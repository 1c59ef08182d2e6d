import type { Catalog, CatalogTable } from '../data-source/catalog';
import type { GlossaryEntry } from '../glossary/glossary-entry';
import { ValueIndex } from '../values/value-index';
import { QuestionValues } from './offered-values';
import { marginOfLeftOut, tablesByRelevance } from './tables-by-relevance';

const table = (schema: string, name: string): CatalogTable => ({
  schema,
  name,
  kind: 'table',
  comment: null,
  columns: [{ name: 'id', type: 'integer', nullable: false, comment: null }],
  primaryKey: ['id'],
  foreignKeys: [],
  estimatedRows: 0,
});

const catalog: Catalog = {
  version: 'v',
  schemas: ['shop', 'old'],
  tables: [table('shop', 'invoices'), table('old', 'lines'), table('shop', 'lines'), table('shop', 'months')],
  functions: [],
};

describe('the tables of a question', () => {
  it('begin with those of the metrics that it mentions, which its letters do not tell', async () => {
    const noValues = await ValueIndex.build([]);
    const metric = { entry: {} as GlossaryEntry, relations: [{ schema: 'shop', name: 'lines' }], forms: [] };
    const asked = { catalog, history: [], question: 'ARR by months', rounds: [] };
    const namesOf = (words: (typeof metric)[]) =>
      tablesByRelevance({ ...asked, glossary: { rules: [], words } }, new QuestionValues(noValues, asked.question)).map(
        ({ schema, name }) => `${schema}.${name}`,
      );

    expect(namesOf([])[0]).toBe('shop.months');
    expect(namesOf([metric]).slice(0, 2)).toEqual(['shop.lines', 'shop.months']);
  });
});

describe('the margin of tables that are left out', () => {
  const marginOf = async (question: string, ...leftOut: string[]) => {
    const values = new QuestionValues(await ValueIndex.build([]), question);
    return marginOfLeftOut({ catalog, history: [], question, values }, new Set(leftOut));
  };

  it('is large where the best table stands out, and none where its like is left out', async () => {
    expect(await marginOf('How many invoices?', 'old.lines', 'shop.lines')).toBeGreaterThan(0.3);
    expect(await marginOf('How many lines?', 'old.lines')).toBeLessThan(0.2);
  });

  it('is none where the letters tell nothing', async () => {
    expect(await marginOf('xyzzy', 'old.lines')).toBe(0);
  });
});
