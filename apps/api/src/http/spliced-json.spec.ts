import { withJsonItems } from './spliced-json';

describe('withJsonItems', () => {
  it('leaves every digit of a number as it is', () => {
    const text = withJsonItems({ id: 'q' }, 'rows', ['[12345678901234567890.123456789]', '[null]']);

    expect(text).toBe('{"id":"q","rows":[[12345678901234567890.123456789],[null]]}');
  });

  it('tells no rows from none that may be shown', () => {
    expect(withJsonItems({ id: 'q' }, 'rows', [])).toBe('{"id":"q","rows":[]}');
    expect(withJsonItems({ id: 'q' }, 'rows', undefined)).toBe('{"id":"q"}');
  });

  it('works on an empty object', () => {
    expect(withJsonItems({}, 'rows', ['[1]'])).toBe('{"rows":[[1]]}');
  });
});
