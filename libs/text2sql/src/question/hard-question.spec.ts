import { difficultyOf } from './hard-question';

const of = (question: string, linkedTables = 2, isFollowUp = false) =>
  difficultyOf({ question, linkedTables, isFollowUp });

describe('difficultyOf', () => {
  it.each([
    ['How many customers do we have?'],
    ['List the names of all employees, sorted by age.'],
    ['Which city has the most customers?'],
    ['What is the average order amount per month in 2024?'],
    ['How many orders were placed by customers who live in Paris and were paid by card?'],
    ['Which customers never ordered anything?'],
    ['What percentage of orders was returned?'],
    ['What is the highest salary in each department?'],
    ['Show the top 10 products by revenue'],
    ['Which employees earn more than the average salary?'],
    ['我们有多少客户？'],
    ['上个月每个城市的销售额是多少？'],
    ['销售额最高的十个产品'],
    ['哪些客户从未下过订单？'],
    [''],
  ])('leaves to the first model: %s', (question) => {
    expect(of(question).isHard).toBe(false);
  });

  it.each([
    ['What is the running total of revenue by day?', ['running-window']],
    ['Show month-over-month revenue', ['running-window']],
    ['Show the month over month growth of revenue for each product line', ['running-window', 'change-over-time']],
    ['Which customers ordered in three consecutive months?', ['running-window']],
    ['Retention of the January cohort by week', ['running-window']],
    ['For each region, the best product by revenue and its share of the total', ['best-of-each', 'share']],
    ['What is the median order value compared to last year?', ['distribution', 'change-over-time']],
    ['Which departments pay above the average and never hired anybody?', ['against-a-group', 'absence-or-all']],
    ['每个地区销售额最高的产品及其占比', ['best-of-each', 'share']],
    ['按月统计销售额的环比增长率', ['running-window', 'change-over-time', 'share']],
    ['累计销售额按天是多少？', ['running-window']],
  ])('gives to the stronger model: %s', (question, signs) => {
    expect(of(question)).toEqual({ isHard: true, signs });
  });

  it('adds up what is weak alone', () => {
    const question = 'What percentage of orders was returned?';

    expect(of(question, 5).isHard).toBe(false);
    expect(of(question, 5, true)).toEqual({ isHard: true, signs: ['share', 'many-tables', 'follow-up'] });
  });

  it('counts two Chinese characters as one word', () => {
    expect(of('客'.repeat(71)).signs).toEqual(['long']);
    expect(of('客'.repeat(161)).signs).toEqual(['very-long']);
    expect(of('word '.repeat(36)).signs).toEqual(['long']);
  });

  it.each([['x'.repeat(10_000)], ['most in each '.repeat(700)], ['? '.repeat(5000)], ['每'.repeat(10_000)]])(
    'takes no time for a question of 10,000 characters',
    (question) => {
      expect(of(question).signs.length).toBeLessThan(5);
    },
  );
});
