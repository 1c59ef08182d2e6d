import { wireParameter } from './parameters';

describe('wireParameter', () => {
  it.each([
    ['text', 'x', 25],
    ['integer', '5', 23],
    ['integer', '-2147483648', 20],
    ['integer', '3000000000', 20],
    ['integer', null, 23],
    ['numeric', '1.5', 1700],
    ['date', '2024-01-01', 1082],
    ['timestamptz', '2024-01-01T00:00:00Z', 1184],
    ['boolean', 'true', 16],
  ])('binds %s %s', (type, value, typeId) => {
    expect(wireParameter({ type, value })).toEqual({ value, typeId });
  });

  it('refuses a type that parameters cannot have', () => {
    expect(() => wireParameter({ type: 'regclass', value: 'x' })).toThrow('"regclass" is not a type');
  });
});
