import { isMentioned, mentionForm } from './mentions';

const mentions = (name: string, text: string) => isMentioned([mentionForm(name)], mentionForm(text));

describe('a name in a text', () => {
  it.each([
    ['active customer', 'How many Active Customers do we have?'],
    ['ARR', 'arr by month'],
    ['ARR', '今年的ARR是多少'],
    ['ARR', '今年的ＡＲＲ是多少'],
    ['活跃客户', '上个月有多少活跃客户？'],
    ['fiscal year', 'Revenue this fiscal-year'],
    ['net_revenue', 'What is the net revenue?'],
    ['Umsätze', 'Zeig mir die umsätze'],
    ['заказ клиента', 'Сколько заказов клиентов?'],
    ['고객', '고객은 몇 명입니까'],
    ['ลูกค้า', 'มีลูกค้ากี่คน'],
    ['7-day retention', 'the 7 day retention of May'],
    ['C++', 'orders of the c team'],
  ])('%j is mentioned in %j', (name, text) => {
    expect(mentions(name, text)).toBe(true);
  });

  it.each([
    ['ARR', 'the arrival of orders'],
    ['active customer', 'customers who are active'],
    ['active customer', 'inactive customers'],
    ['活跃客户', '客户活跃度'],
    ['rate', 'celebrate'],
    ['--', 'a -- b'],
  ])('%j is not mentioned in %j', (name, text) => {
    expect(mentions(name, text)).toBe(false);
  });
});
