import * as fc from 'fast-check';
import { indexTokens } from './index-tokens';

const overlap = (left: string, right: string) =>
  indexTokens(left).filter((token) => indexTokens(right).includes(token));

describe('indexTokens', () => {
  it('finds a Chinese definition by a question that shares its words', () => {
    const shared = overlap('活跃客户指近30天下过单的客户', '活跃客户有多少');

    expect(shared).toEqual(expect.arrayContaining(['活跃', '客户']));
  });

  it('brings word forms, case and accents together', () => {
    expect(indexTokens('Customers ORDERED cafés')).toEqual(indexTokens('customer orders cafe'));
    expect(indexTokens('Zürich Ångström straße')).toEqual(['zurich', 'angstrom', 'strass']);
    expect(indexTokens('ｃａｆｅ́ ＡＢＣ')).toEqual(['cafe', 'abc']);
  });

  it.each([
    ['order_items', ['order_items', 'order', 'item']],
    ['orderItems', ['orderitems', 'order', 'item']],
    ['HTTPServer', ['httpserver', 'http', 'server']],
    ['line2', ['line2', 'line', '2']],
    ['__init__', ['init']],
  ])('takes the name %s whole and in parts', (name, tokens) => {
    expect(indexTokens(name)).toEqual(tokens);
  });

  it.each([
    ['1,234,567.50 and 30,000', ['1234567.50', '30000']],
    ['2024-03-07', ['2024', '3', '7']],
    ['近30天', ['近', '30', '天']],
    ['１２３', ['123']],
  ])('keeps the numbers of %s', (text, tokens) => {
    expect(indexTokens(text)).toEqual(tokens);
  });

  it('drops stop words, but not from a text that has no others', () => {
    expect(indexTokens('What is the revenue?')).toEqual(['revenu']);
    expect(indexTokens('The Who')).toEqual(['the', 'who']);
    expect(indexTokens('的')).toEqual(['的']);
  });

  it.each([
    ['الإيرادات الشهرية', 2],
    ['выручка по клиентам', 3],
    ['ลูกค้าที่ใช้งานอยู่', 4],
    ['매출이 얼마인가요', 5],
    ['売上はいくらですか', 5],
    ['ग्राहक कितने हैं', 3],
    ['🚀 launch 🇨🇭', 3],
  ])('finds tokens in %s', (text, atLeast) => {
    expect(indexTokens(text).length).toBeGreaterThanOrEqual(atLeast);
  });

  it('joins forms of Russian words and Korean words with particles', () => {
    expect(overlap('выручка по клиентам', 'сколько клиентов')).toEqual(['клиент']);
    expect(overlap('매출이 얼마인가요', '월별 매출을 보여줘')).toEqual(['매출']);
  });

  it('never throws and gives tokens without blanks, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        for (const token of indexTokens(text)) expect(token).toMatch(/^\S+$/u);
      }),
    );
  });

  it('never throws on halves of surrogate pairs and control characters', () => {
    const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 100 });
    fc.assert(fc.property(units, (codes) => Array.isArray(indexTokens(String.fromCharCode(...codes)))));
  });

  it('does not depend on the form of normalization', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (text) => {
        const tokens = indexTokens(text);
        expect(indexTokens(text.normalize('NFKC'))).toEqual(tokens);
        expect(indexTokens(text.normalize('NFD'))).toEqual(tokens);
      }),
    );
  });
});
