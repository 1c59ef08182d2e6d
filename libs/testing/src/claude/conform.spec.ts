import { conform } from './conform';

const object = (properties: Record<string, unknown>, required = Object.keys(properties)) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});

describe('conform', () => {
  it('keeps the wanted fields and drops what the schema does not know', () => {
    expect(conform(object({ sql: { type: 'string' } }), { sql: 'SELECT 1', colour: 'red' })).toEqual({
      sql: 'SELECT 1',
    });
  });

  it('fills what is missing with the smallest value that fits', () => {
    const schema = object({
      a: { type: ['string', 'null'] },
      b: { type: 'array', items: { type: 'string' } },
      c: { enum: ['x', 'y'] },
      d: { type: 'boolean' },
      e: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
      f: object({ g: { type: 'number' } }),
    });

    expect(conform(schema, {})).toEqual({ a: null, b: [], c: 'x', d: false, e: null, f: { g: 0 } });
  });

  it('replaces a wanted value of the wrong type', () => {
    expect(conform(object({ a: { type: 'array', items: { type: 'string' } } }), { a: null })).toEqual({ a: [] });
  });

  it('fills every item of a list, through references too', () => {
    const schema = {
      ...object({ facts: { type: 'array', items: { $ref: '#/$defs/fact' } } }),
      $defs: { fact: object({ content: { type: 'string' }, importance: { type: 'number' } }) },
    };

    expect(conform(schema, { facts: [{ content: 'x' }] })).toEqual({ facts: [{ content: 'x', importance: 0 }] });
  });

  it('leaves optional fields out that nobody wanted', () => {
    expect(conform(object({ a: { type: 'string' } }, []), {})).toEqual({});
  });
});
