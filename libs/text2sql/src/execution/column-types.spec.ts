import { ColumnTypes } from './column-types';

const column = (typeId: number, modifier = -1) => ({ name: 'x', typeId, modifier });
const row = (id: number, base = 0, element = 0, delimiter = ',') => ({
  id: String(id),
  base: String(base),
  element: String(element),
  delimiter,
});

describe('ColumnTypes', () => {
  it('asks for a built-in type once, for a type of the user each time', () => {
    const types = new ColumnTypes();
    expect(types.question([column(23), column(16500)])).toContain("'{23,16500}'");
    types.resolve(
      [column(23), column(16500)],
      [
        { key: '23:-1', name: 'integer' },
        { key: '16500:-1', name: 'mood' },
      ],
      [row(23), row(16500)],
    );

    expect(types.question([column(23)])).toBeUndefined();
    expect(types.question([column(23), column(16500)])).toContain("'{16500}'");
    expect(types.resolve([column(23)])).toEqual([{ name: 'integer', baseId: 23 }]);
  });

  it('tells modifiers apart', () => {
    const types = new ColumnTypes();
    types.resolve([column(1700, 655366)], [{ key: '1700:655366', name: 'numeric(10,2)' }], [row(1700)]);

    expect(types.question([column(1700, 655367)])).toContain('(1700, 655367)');
  });

  it('sees through domains and arrays of each other', () => {
    const [type] = new ColumnTypes().resolve(
      [column(20001)],
      [{ key: '20001:-1', name: 'd' }],
      [row(20001, 20002), row(20002, 0, 20003), row(20003, 1114), row(1114)],
    );

    expect(type).toEqual({ name: 'd', baseId: 20002, element: { name: '', baseId: 1114 }, delimiter: ',' });
  });
});
