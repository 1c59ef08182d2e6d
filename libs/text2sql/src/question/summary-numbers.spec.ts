import { strangeNumbers } from './summary-numbers';

const ROWS = ['["Paris","12345678901234567890.50",3]', '["2024-03-01",0.05,null]', '["Customer 7",-1200,true]'];

describe('the numbers of a summary', () => {
  it.each([
    'Paris leads with 12345678901234567890.5.',
    'Paris leads with 12,345,678,901,234,567,890.50.',
    'Paris führt mit 12.345.678.901.234.567.890,50.',
    'Paris mène avec 12\u00a0345\u00a0678\u00a0901\u00a0234\u00a0567\u00a0890,50.',
    'On 1 March 2024 it was 0.05, or 0,05.',
    'Customer 7 lost 1,200.',
    '巴黎有３个，7号客户亏损1200。',
    'Nothing was sold.',
  ])('are all in the rows: %s', (sentence) => {
    expect(strangeNumbers(sentence, ROWS)).toEqual([]);
  });

  it.each([
    ['Paris leads with 4.', ['4']],
    ['It grew by 12%.', ['12']],
    ['Paris has 1234567890123456789.', ['1234567890123456789']],
    ['It was 0.5.', ['0.5']],
    ['It was 5.', ['5']],
    ['共1.2万。', ['1.2']],
    ['It was 12,00.', ['12,00']],
  ])('are strange to the rows: %s', (sentence, strange) => {
    expect(strangeNumbers(sentence, ROWS)).toEqual(strange);
  });
});
