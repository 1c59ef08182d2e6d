import type { Catalog, CatalogType } from '../data-source/catalog';
import { hasFields, typeText } from './type-text';

const type = (kind: CatalogType['kind'], name: string, parts: string[], more: Partial<CatalogType> = {}) => ({
  schema: 'public',
  name,
  kind,
  parts,
  ...more,
});
const column = (name: string, columnType: string) => ({ name, type: columnType, nullable: true, comment: null });

const CATALOG: Catalog = {
  version: 'v',
  schemas: ['public'],
  functions: [],
  tables: [
    {
      schema: 'public',
      name: 'shops',
      kind: 'table',
      comment: null,
      primaryKey: [],
      foreignKeys: [],
      estimatedRows: 0,
      columns: [column('id', 'integer'), column('Name', 'character varying(20)')],
    },
  ],
  types: [
    type('domain', 'year', ['integer']),
    type('domain', 'release', ['year']),
    type('domain', 'tags', ['character varying(10)[]']),
    type('composite', 'address', ['text', 'numeric(10,2)', 'year'], { fields: ['street', 'No.', 'since'] }),
    type('composite', 'person', ['address', 'mood[]'], { fields: ['home', 'moods'] }),
    type('composite', 'line', ['text', 'text'], { fields: ['a\nb', 'c'] }),
    type('domain', 'billing', ['address']),
    type('range', 'span', ['double precision']),
    type('enum', 'mood', []),
    type('base', 'citext', [], { extension: 'citext' }),
    type('composite', 'hidden', ['text'], { schema: 'other', fields: ['x'] }),
  ],
};

describe('typeText', () => {
  it.each([
    ['integer', 'integer'],
    ['timestamp(3) with time zone', 'timestamptz(3)'],
    ['year', 'year (integer)'],
    ['release', 'release (year (integer))'],
    ['tags', 'tags (varchar(10)[])'],
    ['address', 'address (street text, "No." numeric(10,2), since year (integer))'],
    ['address[]', 'address[] (street text, "No." numeric(10,2), since year (integer))'],
    ['person', 'person (home address (street text, "No." numeric(10,2), since year (integer)), moods mood[])'],
    ['line', 'line (c text)'],
    ['span', 'span (range of double precision)'],
    ['shops', 'shops (id integer, "Name" varchar(20))'],
    ['other.hidden', 'other.hidden (x text)'],
    ['hidden', 'hidden'],
    ['mood', 'mood'],
    ['citext', 'citext'],
    ['unknown', 'unknown'],
  ])('tells what %s is made of', (given, text) => {
    expect(typeText(CATALOG, given)).toBe(text);
  });

  it('knows no fields of a catalogue that was stored before they were read', () => {
    const old = { ...CATALOG, types: [type('composite', 'address', ['text'])] };

    expect(typeText(old, 'address')).toBe('address');
  });
});

describe('hasFields', () => {
  it.each([
    ['address', true],
    ['billing', true],
    ['shops', true],
    ['address[]', false],
    ['year', false],
    ['integer', false],
  ])('of %s is %s', (given, expected) => {
    expect(hasFields(CATALOG, given)).toBe(expected);
  });
});
