import { chooseSamples, type SampledColumn } from './choose-samples';

const column = (fields: Partial<SampledColumn>): SampledColumn => ({
  table: 'orders',
  name: 'state',
  comment: null,
  values: [],
  ...fields,
});

describe('chooseSamples', () => {
  it('shows no names of people, whatever their column is called', () => {
    const values = ['Jon Stephens', 'Mike Hillyer', 'Jon Stephens', 'Mike Hillyer'];

    expect(chooseSamples({ table: 'sales_by_store', name: 'manager', comment: null, values }, 'safe')).toEqual({
      sensitive: true,
    });
  });

  it('shows the five most frequent values, the most frequent first', () => {
    const values = [...'aabbbcccccddeefgg'];

    expect(chooseSamples(column({ values }), 'safe')).toEqual({ samples: ['c', 'b', 'a', 'd', 'e'], sensitive: false });
  });

  it('passes over NULLs and blanks', () => {
    expect(chooseSamples(column({ values: [null, '', '  ', 'web', 'web'] }), 'safe').samples).toEqual(['web']);
    expect(chooseSamples(column({ values: [null] }), 'all')).toEqual({ sensitive: false });
  });

  it('drops the whole column for one value that looks sensitive', () => {
    const values = ['web', 'web', 'shop', 'ask eva@example.com'];

    expect(chooseSamples(column({ values }), 'safe')).toEqual({ sensitive: true });
  });

  it('drops a column by its name, whatever it holds', () => {
    expect(chooseSamples(column({ name: 'phone', values: ['x', 'x'] }), 'safe')).toEqual({ sensitive: true });
  });

  it('shows nothing of a column with many values, long ones or line breaks', () => {
    const many = Array.from({ length: 21 }, (_, index) => `v${index}`);

    for (const values of [
      [...many, ...many],
      ['x'.repeat(61), 'x'.repeat(61)],
      ['a\nb', 'a\nb'],
    ]) {
      expect(chooseSamples(column({ values }), 'safe')).toEqual({ sensitive: false });
    }
  });

  it('shows unique values of a small table, unless it is about people', () => {
    const values = ['Espresso', 'Filter', 'Instant'];

    expect(chooseSamples(column({ table: 'categories', name: 'label', values }), 'safe').samples).toHaveLength(3);
    expect(chooseSamples(column({ table: 'customers', name: 'label', values }), 'safe').samples).toBeUndefined();
  });

  it('shows everything when asked for, cut between characters, and still says what is sensitive', () => {
    const { samples, sensitive } = chooseSamples(
      column({ name: 'email', values: ['eva@example.com', '🔑'.repeat(150)] }),
      'all',
    );

    expect(sensitive).toBe(true);
    expect(samples).toContain('eva@example.com');
    expect(samples).toContain(`${'🔑'.repeat(100)}…`);
  });

  it('shows nothing when off', () => {
    expect(chooseSamples(column({ values: ['a', 'a'] }), 'off')).toEqual({ sensitive: false });
  });
});
