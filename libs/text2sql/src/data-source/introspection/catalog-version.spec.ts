import type { Catalog } from '../catalog';
import { catalogVersion } from './catalog-version';

const catalog = (change: (copy: Omit<Catalog, 'version'>) => void = () => undefined) => {
  const copy: Omit<Catalog, 'version'> = {
    schemas: ['public'],
    tables: [
      {
        schema: 'public',
        name: 't',
        kind: 'table',
        comment: null,
        primaryKey: ['id'],
        foreignKeys: [],
        estimatedRows: 1,
        columns: [{ name: 'id', type: 'integer', nullable: false, comment: null }],
      },
    ],
    functions: [
      {
        schema: 'pg_catalog',
        name: 'now',
        kind: 'f',
        volatility: 's',
        builtin: true,
        extension: null,
        securityDefiner: false,
      },
    ],
  };
  change(copy);
  return catalogVersion(copy);
};
const first = (copy: Omit<Catalog, 'version'>) => copy.tables[0] as Catalog['tables'][number];

describe('catalogVersion', () => {
  it('is the same for the same catalogue, in whatever order its fields were set', () => {
    expect(catalog()).toBe(
      catalog((copy) => (copy.functions = copy.functions.map(({ name, ...rest }) => ({ ...rest, name })))),
    );
    expect(catalog()).toMatch(/^[0-9a-f]{32}$/);
  });

  it('does not depend on samples, estimates or what looks sensitive', () => {
    const changed = catalog((copy) => {
      first(copy).estimatedRows = 99;
      first(copy).columns[0] = { ...first(copy).columns[0]!, samples: ['1'], sensitive: true };
    });

    expect(changed).toBe(catalog());
  });

  it.each<[string, (copy: Omit<Catalog, 'version'>) => void]>([
    ['a comment', (copy) => (first(copy).comment = 'x')],
    ['a type', (copy) => (first(copy).columns[0]!.type = 'bigint')],
    ['a label', (copy) => (first(copy).columns[0]!.enumValues = ['a'])],
    ['a key', (copy) => (first(copy).primaryKey = [])],
    ['a function', (copy) => (copy.functions[0]!.volatility = 'v')],
    ['the order of schemas', (copy) => (copy.schemas = ['a', 'public'])],
  ])('depends on %s', (_what, change) => {
    expect(catalog(change)).not.toBe(catalog());
  });
});
