import { findValues, type FoundValue } from './find-values';
import type { ColumnValues } from './gather-values';
import { ValueIndex } from './value-index';

const column = (place: string, values: string[], isComplete = true): ColumnValues => {
  const [table = '', name = ''] = place.split('.');
  return { schema: 'shop', table, column: name, values, isComplete };
};

const COLUMNS = [
  column('customers.city', [
    'New York',
    'Zürich',
    'São Paulo',
    'York',
    'St. Gallen',
    '北京市',
    '上海',
    '上海市浦东新区',
  ]),
  column('customers.country', ['USA', 'United Kingdom', 'Côte d’Ivoire', 'Norway']),
  column('customers.gender', ['男', '女']),
  column('customers.state', ['IN', 'OR', 'NY']),
  column('products.title', [
    'Blue Mountain Espresso',
    'iPhone手机',
    'C++',
    'C',
    'Dog Food',
    'Model 737',
    'Model 738',
    'A4',
  ]),
  column('products.grade', ['三年级', 'A', 'B']),
  column('departments.name', ['Comp. Sci.', 'Physics', 'Human Resources']),
  column('orders.status', ['shipped', 'cancelled', 'in transit']),
  column('orders.wifi', ['Yes', 'No']),
  column('orders.ship_city', ['New York', 'Oslo']),
];

let index: ValueIndex;
beforeAll(async () => {
  index = await ValueIndex.build(COLUMNS);
});

const find = (question: string, options = {}) => findValues(index, question, options);
const placeOf = ({ table, column: name, value }: FoundValue) => `${table}.${name} = ${value}`;
const best = (question: string) => find(question).map(placeOf)[0];

describe('findValues', () => {
  it.each([
    ['customers in new york city', 'customers.city = New York'],
    ['wer wohnt in ZURICH?', 'customers.city = Zürich'],
    ['orders to sao paulo', 'customers.city = São Paulo'],
    ['people of St Gallen', 'customers.city = St. Gallen'],
    ["exports to cote d'ivoire", 'customers.country = Côte d’Ivoire'],
    ['ＮＯＲＷＡＹ', 'customers.country = Norway'],
    ['which dog foods are there', 'products.title = Dog Food'],
    ['who bought "C++"?', 'products.title = C++'],
    ['flights of the model 738', 'products.title = Model 738'],
    ['what is in transit', 'orders.status = in transit'],
  ])('finds the stored spelling for "%s"', (question, expected) => {
    expect(best(question)).toBe(expected);
  });

  it.each([
    ['customers in New Yrok', 'customers.city = New York', 'typo'],
    ['those from Zurch', 'customers.city = Zürich', 'typo'],
    ['how many were canceled', 'orders.status = cancelled', 'form'],
    ['the phisics department', 'departments.name = Physics', 'typo'],
    ['sales of blue montain espresso', 'products.title = Blue Mountain Espresso', 'typo'],
    ['sales of Blue Mountain', 'products.title = Blue Mountain Espresso', 'part'],
    ['in the United States', 'customers.country = USA', 'short'],
    ['everybody in the UK', 'customers.country = United Kingdom', 'short'],
    ['computer science staff', 'departments.name = Comp. Sci.', 'short'],
  ])('finds it for "%s" in spite of what is written', (question, expected, how) => {
    const found = find(question);

    expect(placeOf(found[0] as FoundValue)).toBe(expected);
    expect(['typo', 'form', how]).toContain(found[0]?.how);
  });

  it.each([
    ['北京的客户有多少', 'customers.city = 北京市'],
    ['北京市有多少客户？', 'customers.city = 北京市'],
    ['浦东新区的订单', 'customers.city = 上海市浦东新区'],
    ['上海的客户', 'customers.city = 上海'],
    ['女客户有几个', 'customers.gender = 女'],
    ['卖了多少IPHONE手机', 'products.title = iPhone手机'],
    ['3年级的产品', 'products.grade = 三年级'],
  ])('finds Chinese in "%s"', (question, expected) => {
    expect(best(question)).toBe(expected);
  });

  it.each([
    'how many orders are in the shop or not',
    'flights of the model 747',
    'list a customer',
    'the physicist',
    '',
    '\ud800 ((( 😀',
  ])('finds nothing sure in "%s"', (question) => {
    expect(find(question).filter(({ score, how }) => score >= 0.5 && how !== 'part')).toEqual([]);
  });

  it('takes a small word for a value where it is written as one', () => {
    expect(best('customers of IN')).toBe('customers.state = IN');
    expect(best('customers in OR')).toBe('customers.state = OR');
  });

  it('prefers the longer value, and the column that is named', () => {
    const found = find('orders with ship city New York').map(placeOf);

    expect(found.slice(0, 2)).toEqual(['orders.ship_city = New York', 'customers.city = New York']);
    expect(found.indexOf('customers.city = York')).toBeGreaterThan(1);
  });

  it('lists the few values of a column that is named, when asked to', () => {
    expect(find('orders without wifi')).toEqual([]);
    expect(find('orders without wifi', { lists: true }).map(placeOf)).toEqual([
      'orders.wifi = No',
      'orders.wifi = Yes',
    ]);
  });

  it('looks at the columns that it may, and gives no more than asked for', () => {
    const accept = ({ table }: { table: string }) => table === 'orders';

    expect(find('New York', { accept }).map(placeOf)).toEqual(['orders.ship_city = New York']);
    expect(find('New York, Oslo and Norway', { most: 2 })).toHaveLength(2);
  });

  it('gives the same, whatever order the columns come in', async () => {
    const other = await ValueIndex.build([...COLUMNS].reverse());
    const question = 'New York, USA: model 737 or the blue mountain, 上海 and computer science';

    expect(findValues(other, question, { lists: true })).toEqual(find(question, { lists: true }));
  });

  it('reads both ends of a long text alone', () => {
    const filler = 'filler '.repeat(10_000);
    const text = `Oslo ${filler} Physics ${filler} Norway`;

    expect(find(text).map(placeOf)).toEqual(['customers.country = Norway', 'orders.ship_city = Oslo']);
  });
});
