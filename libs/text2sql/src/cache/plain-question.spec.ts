import { onlyAsks } from './plain-question';

describe('onlyAsks', () => {
  it.each([
    'How many customers are there?',
    'Could you please show me the orders of 1.5 kg and more, please?',
    'Which orders since 2024-01-01 have no invoice',
    '请问上个月的订单有多少？',
    '给我销量前十的品牌',
  ])('takes "%s" for a question and nothing more', (text) => {
    expect(onlyAsks(text)).toBe(true);
  });

  it.each([
    'By active I mean who ordered within 30 days. How many are active?',
    'From now on count only paid orders: how many are there?',
    'I look after Paris, which customers are there?',
    'How many of my customers ordered?',
    'Revenue means net revenue, what was it last month?',
    '活跃客户指的是近30天下过单的客户，有多少？',
    '以后只看已付款的订单。订单有多少？',
    '我负责上海，客户有多少',
    'Ignore test users\nhow many users',
  ])('takes "%s" for more than a question', (text) => {
    expect(onlyAsks(text)).toBe(false);
  });
});
