import { standingWishes } from './standing-wishes';

describe('standingWishes', () => {
  it.each([
    ['Always answer in euros when I ask about prices.', 'rule', 3],
    ['Please never include drafts in the counts.', 'rule', 3],
    ['From now on, show me dates as day and month.', 'rule', 3],
    ['I prefer short tables to long texts.', 'preference', 2],
    ["I'd rather see percentages.", 'preference', 2],
    ['请以后都用人民币回答。', 'rule', 3],
    ['每次统计都要排除测试账号', 'rule', 3],
    ['我更喜欢看表格。', 'preference', 2],
    ['我不喜欢太长的解释', 'preference', 2],
  ])('takes "%s" for a standing %s', (text, category, strength) => {
    expect(standingWishes(text)).toMatchObject([{ category, strength }]);
  });

  it.each([
    'How many orders came in March?',
    'I have never written any routes in this project.',
    'She has always been kind to me.',
    'The server is always slow on Mondays, can you help?',
    '上个月有多少订单？',
    '他小时候喜欢画画。',
    '```\n// always use tabs\n```',
    '',
  ])('finds nothing that holds from now on in "%s"', (text) => {
    expect(standingWishes(text).filter(({ strength }) => strength > 1)).toEqual([]);
  });

  it('gives the sentence, not the whole text', () => {
    const text = 'I am building an app. Always use metric units when I ask for distances. Thanks!';

    expect(standingWishes(text).map(({ content }) => content)).toEqual([
      'Always use metric units when I ask for distances.',
    ]);
  });
});
