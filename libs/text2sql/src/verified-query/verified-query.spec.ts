import { normaliseQuestion } from './normalise-question';
import { isPlausibleText } from './plausible-text';
import { askedTexts, matchTemplate, parseTemplate, templateFault } from './question-template';
import { readValue } from './typed-values';
import type { VerifiedParameter } from './verified-query';

const CITY: VerifiedParameter = { name: 'city', type: 'text' };
const DAY: VerifiedParameter = { name: 'day', type: 'date' };
const N: VerifiedParameter = { name: 'n', type: 'integer' };

function match(template: string, parameters: VerifiedParameter[], question: string) {
  const found = matchTemplate(parseTemplate(template), parameters, askedTexts(question));
  return found?.every(({ plausible }) => plausible) ? found.map(({ value }) => value) : undefined;
}

describe('the form that questions are compared in', () => {
  it.each([
    ['How many customers?', 'how  many CUSTOMERS'],
    ['我们有多少客户？', '我们 有多少 客户'],
    ['Ｒｅｖｅｎｕｅ in ２０２４', 'revenue in 2024'],
    ['What’s new, today?', "what's new today"],
    ['“Top” (customers)', 'top customers'],
  ])('takes %s and %s for the same', (left, right) => {
    expect(normaliseQuestion(left)).toBe(normaliseQuestion(right));
  });

  it.each([
    ['orders over 1.5', 'orders over 15'],
    ['orders over -5', 'orders over 5'],
    ['orders before 10:30', 'orders before 1030'],
    ['from Boston to Denver', 'from Denver to Boston'],
    ['margin > 5', 'margin < 5'],
    ['C++ books', 'C books'],
    ['customers in 2023', 'customers in 2024'],
  ])('keeps %s and %s apart', (left, right) => {
    expect(normaliseQuestion(left)).not.toBe(normaliseQuestion(right));
  });
});

describe('a template', () => {
  const orders = 'Orders in {city} since {day}';

  it('finds its values, whatever the case, the width and the punctuation', () => {
    expect(match(orders, [CITY, DAY], 'orders in New York since ２０２４-０１-０５?')).toEqual([
      'New York',
      '2024-01-05',
    ]);
    expect(match(orders, [CITY, DAY], 'Orders in "São Paulo", since 5 January 2024.')).toEqual([
      'São Paulo',
      '2024-01-05',
    ]);
  });

  it('finds its values in Chinese', () => {
    expect(match('{city}自{day}以来的订单', [CITY, DAY], '上海自2024年1月5日以来的订单？')).toEqual([
      '上海',
      '2024-01-05',
    ]);
    expect(match('销售额最高的{n}个客户是谁？', [N], '销售额最高的 10 个客户是谁')).toEqual(['10']);
  });

  it('gives values in the order of the parameters, not of the text', () => {
    expect(match(orders, [DAY, CITY], 'Orders in Rome since 2024-02-29')).toEqual(['2024-02-29', 'Rome']);
  });

  it.each([
    'Orders in Paris and Berlin since 2024-01-05',
    'Orders in each city since 2024-01-05',
    'Orders in all big towns since 2024-01-05',
    'Orders in Paris since last month',
    'Orders in Paris since 2024-02-30',
    'Orders in Paris since 2024-01-05 by region',
    'Cancelled orders in Paris since 2024-01-05',
    'Orders in  since 2024-01-05',
    'Orders in Paris since 03/04/2024',
    'Orders in Paris since Lent since 2024-01-05',
  ])('does not claim to be %s', (question) => {
    expect(match(orders, [CITY, DAY], question)).toBeUndefined();
  });

  it.each([['上海和北京自2024-01-05以来的订单'], ['每个城市自2024-01-05以来的订单'], ['上海自上个月以来的订单']])(
    'does not claim to be %s',
    (question) => {
      expect(match('{city}自{day}以来的订单', [CITY, DAY], question)).toBeUndefined();
    },
  );

  it.each([
    ['top 5k customers'],
    ['top 5.5 customers'],
    ['top five customers'],
    ['top 99999999999999999999 customers'],
    ['top 1,00 customers'],
    ['top -.5 customers'],
  ])('reads no integer out of %s', (question) => {
    expect(match('Top {n} customers', [N], question)).toBeUndefined();
  });

  it('needs no blank where none was written', () => {
    const year: VerifiedParameter = { name: 'year', type: 'integer' };
    expect(match('{year}年的销售额是多少？', [year], '2025 年的销售额是多少')).toEqual(['2025']);
    expect(match('{year}年的销售额是多少？', [year], '5万2025年的销售额是多少')).toBeUndefined();
  });

  it('fills a number that is written in characters', () => {
    const n: VerifiedParameter = { name: 'n', type: 'integer' };
    expect(match('收入最高的前{n}名客户', [n], '收入最高的前三名客户')).toEqual(['3']);
    expect(match('订单超过{n}元的客户', [n], '订单超过1.5万元的客户？')).toEqual(['15000']);
  });

  it('refuses a question that it can read in two ways', () => {
    const a: VerifiedParameter = { name: 'a', type: 'text' };
    const b: VerifiedParameter = { name: 'b', type: 'text' };
    expect(match('{a} x {b}', [a, b], 'p x q x r')).toBeUndefined();
  });

  it('is at fault with blanks that touch, come twice or stand alone', () => {
    expect(templateFault(parseTemplate('Orders {a}{b}'))).toMatch(/without a word between/);
    expect(templateFault(parseTemplate('Orders {a} or {a}'))).toMatch(/twice/);
    expect(templateFault(parseTemplate('{a}'))).toMatch(/no words/);
    expect(templateFault(parseTemplate('Orders of {a}'))).toBeUndefined();
  });

  it('takes signs of regular expressions for what they are', () => {
    expect(match('Cost (net) of a+b* for {n} [units]', [N], 'cost net of a+b* for 3 units')).toEqual(['3']);
    expect(match('Cost of a+b for {n}', [N], 'cost of aab for 3')).toBeUndefined();
  });
});

describe('values', () => {
  it.each([
    ['date', '2024-02-29', '2024-02-29'],
    ['date', '2023-02-29', undefined],
    ['date', 'Feb 3rd, 2024', '2024-02-03'],
    ['date', '3 September 2024', '2024-09-03'],
    ['date', '2024년 3월 1일', '2024-03-01'],
    ['timestamptz', '2024-03-01 10:30', '2024-03-01 10:30'],
    ['timestamptz', '2024-03-01T10:30:00+08:00', '2024-03-01 10:30:00+08:00'],
    ['timestamptz', '2024-03-01', '2024-03-01 00:00:00'],
    ['timestamptz', '2024-03-01 25:00', undefined],
    ['numeric', '1,234.50', '1234.50'],
    ['boolean', '是', 'true'],
    ['boolean', 'No', 'false'],
  ] as const)('a %s written %s is %s', (type, raw, value) => {
    expect(readValue(type, raw)).toBe(value);
  });

  it('takes names for names and phrases for phrases', () => {
    expect(['Isle of Man', 'O’Neill', '上海', 'Île-de-France'].every((text) => isPlausibleText(text, ['city']))).toBe(
      true,
    );
    expect(
      ['the north', 'Paris, Texas', 'no city', '北京或上海', 'a'].some((text) => isPlausibleText(text, ['city'])),
    ).toBe(false);
  });
});
