import { questionForm } from './question-form';

const NOUNS = new Set(['customer', 'company', 'order']);
const same = (a: string, b: string) => questionForm(a, NOUNS) === questionForm(b, NOUNS);

describe('questionForm', () => {
  it.each([
    ['How many customers are there?', 'how many customers are there'],
    ['How many customer are there?', 'HOW MANY CUSTOMERS ARE THERE ?'],
    ['Please show me the flights to Boston', 'the flights to Boston'],
    ['Hi, could you please tell me the total revenue?', 'The total revenue, please.'],
    ['show us the companies', 'the company'],
    ['Orders over 1,000 €', 'orders over 1,000 €'],
    ['请问活跃客户有多少？', '活跃客户有多少'],
    ['帮我查一下上个月的订单', '上个月的订单'],
    ['我想知道销售额最高的产品是什么呢？', '销售额最高的产品是什么'],
    ['Ｔｏｐ １０ products', 'top 10 products'],
  ])('takes "%s" and "%s" for one question', (a, b) => {
    expect(questionForm(a, NOUNS)).toBe(questionForm(b, NOUNS));
  });

  it.each([
    ['flights from Boston to Denver', 'flights from Denver to Boston'],
    ['papers cited by Turon', 'papers citing Turon'],
    ['authors citing', 'authors cited'],
    ['customers named Robert', 'customers named Roberts'],
    ['orders of william', 'orders of williams'],
    ['heads older than 56', 'heads older than 57'],
    ['orders before 2024', 'orders after 2024'],
    ['customers in Berlin and Paris', 'customers in Berlin or Paris'],
    ['customers who paid', 'customers who not paid'],
    ['the first order', 'the last order'],
    ['total in May', 'average in May'],
    ['1.5 kg', '15 kg'],
    ['has', 'ha'],
    ['有订单的客户', '没有订单的客户'],
    ['金额超过100的订单', '金额不超过100的订单'],
    ['三天之前的订单', '三天之后的订单'],
    ['上海或北京的客户', '上海和北京的客户'],
    ['100以上', '100以下'],
    ['每个城市的客户', '城市的客户'],
    ['最高的产品', '高的产品'],
    ['前三名', '后三名'],
    ['非活跃客户', '活跃客户'],
    ['未付款的订单', '付款的订单'],
  ])('keeps "%s" and "%s" apart', (a, b) => {
    expect(same(a, b)).toBe(false);
  });

  it('never makes nothing of something', () => {
    expect(questionForm('please')).not.toBe('');
    expect(questionForm('请问')).not.toBe('');
    expect(questionForm('吗')).not.toBe('');
  });
});
