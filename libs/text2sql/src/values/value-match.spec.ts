import type { TextFilter } from '../guard/text-filters';
import type { ColumnValues } from './gather-values';
import { ValueIndex } from './value-index';
import { valueMatch } from './value-match';

const column = (name: string, values: string[], isComplete = true): ColumnValues => ({
  schema: 'shop',
  table: 'customers',
  column: name,
  values,
  isComplete,
});

const filter = (text: string, more: Partial<TextFilter> = {}, name = 'city'): TextFilter => ({
  columns: [{ schema: 'shop', table: 'customers', name }],
  text,
  kind: 'value',
  ignoresCase: false,
  isNegated: false,
  ...more,
});

let index: ValueIndex;
beforeAll(async () => {
  index = await ValueIndex.build([
    column('city', ['New York', 'Zürich', '上海市', '---']),
    column('street', ['High Street'], false),
  ]);
});

describe('valueMatch', () => {
  it.each<[string, TextFilter[], { stored: number; missing: number }]>([
    ['a stored value', [filter('Zürich')], { stored: 1, missing: 0 }],
    ['a Chinese one', [filter('上海市')], { stored: 1, missing: 0 }],
    ['another case', [filter('zürich')], { stored: 0, missing: 1 }],
    ['another case where case is ignored', [filter('ZÜRICH', { ignoresCase: true })], { stored: 1, missing: 0 }],
    ['a part of a value', [filter('上海')], { stored: 0, missing: 1 }],
    ['a pattern that matches', [filter('%york', { kind: 'pattern', ignoresCase: true })], { stored: 1, missing: 0 }],
    ['a pattern that matches nothing', [filter('%Oslo%', { kind: 'pattern' })], { stored: 0, missing: 1 }],
    ['one of each', [filter('Zürich'), filter('Oslo')], { stored: 1, missing: 1 }],
    ['a value that is left out', [filter('Oslo', { isNegated: true })], { stored: 0, missing: 0 }],
    ['a column of which only some values are known', [filter('Low Street', {}, 'street')], { stored: 0, missing: 0 }],
    ['a value of it that is known', [filter('High Street', {}, 'street')], { stored: 1, missing: 0 }],
    ['a column of which none is known', [filter('Ann', {}, 'name')], { stored: 0, missing: 0 }],
    ['signs alone, which no index holds', [filter('---')], { stored: 0, missing: 0 }],
    ['an empty text', [filter('')], { stored: 0, missing: 0 }],
    ['no texts at all', [], { stored: 0, missing: 0 }],
  ])('of %s', (_, filters, match) => {
    expect(valueMatch(index, filters)).toEqual(match);
  });
});
