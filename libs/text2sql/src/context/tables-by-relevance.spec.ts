import type { Catalog, CatalogTable } from '../data-source/catalog';
import type { GlossaryEntry } from '../glossary/glossary-entry';
import { ValueIndex } from '../values/value-index';
import { QuestionValues } from './offered-values';
import { tablesByRelevance } from './tables-by-relevance';

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
