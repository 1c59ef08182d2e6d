import type { TextFilter } from '../guard/text-filters';
import type { ColumnValues } from './gather-values';
import { unknownLiterals } from './unknown-literals';
import { ValueIndex } from './value-index';

const column = (table: string, name: string, values: string[]): ColumnValues => ({
  schema: 'shop',
  table,
  column: name,
  values,
  isComplete: true,
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
    column('customers', 'city', ['New York', 'Zürich', '上海市', '100%_sure']),
    column('customers', 'sex', ['M', 'F']),
    column('orders', 'ship_city', ['Oslo']),
  ]);
});

const pattern = { kind: 'pattern' } as const;

describe('unknownLiterals', () => {
  it.each<[string, TextFilter]>([
    ['a stored value', filter('New York')],
    ['another case where case is ignored', filter('new york', { ignoresCase: true })],
    ['a pattern that matches', filter('%York', pattern)],
    ['a pattern of single characters', filter('New____k', pattern)],
    ['a pattern with signs taken literally', filter('100\\%\\_s%', pattern)],
    ['what is left out', filter('zurich', { isNegated: true })],
    ['a column without values', filter('zurich', {}, 'name')],
    ['a text like nothing that is stored', filter('Vladivostok')],
    ['a pattern of hardly any letters', filter('%zu%', pattern)],
  ])('passes over %s', (_, given) => {
    expect(unknownLiterals(index, [given])).toEqual([]);
  });

  it.each<[string, TextFilter, string[]]>([
    ['another case', filter('new york'), ['New York']],
    ['missing accents', filter('Zurich'), ['Zürich']],
    ['a typo', filter('New Yrok'), ['New York']],
    ['a part in Chinese', filter('上海'), ['上海市']],
    ['a pattern without the accent', filter('%zurich%', { ...pattern, ignoresCase: true }), ['Zürich']],
    ['a word for a code', filter('male', {}, 'sex'), ['M']],
  ])('knows better for %s', (_, given, near) => {
    expect(unknownLiterals(index, [given])).toMatchObject([{ text: given.text, near, elsewhere: [] }]);
  });

  it('tells which other column holds the text', () => {
    const [found] = unknownLiterals(index, [filter('Oslo')]);

    expect(found).toMatchObject({ near: [], elsewhere: [{ table: 'orders', column: 'ship_city', value: 'Oslo' }] });
  });
});
