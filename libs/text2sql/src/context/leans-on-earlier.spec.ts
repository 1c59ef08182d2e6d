import { leansOnEarlier, recallQuery } from './leans-on-earlier';

describe('leansOnEarlier', () => {
  it.each([
    'And by region?',
    'only the first three',
    'Which of those were delivered in the last quarter of 2025?',
    'Show the average credit limit of them per country and year',
    'The same for customers of the southern region, please, per quarter',
    '按月呢？',
    '只看前三个',
    '那些客户在过去两年里的平均订单金额分别是多少',
    '其中有哪些是在2025年第三季度之后才成为我们客户的',
  ])('says so of %s', (question) => {
    expect(leansOnEarlier(question)).toBe(true);
  });

  it.each([
    'How many orders did customers in Hamburg place in March 2025?',
    'Average cupping score of washed coffees from Ethiopia per year',
    '2025年杭州启用的客户一共下了多少张订单，金额是多少',
  ])('does not say so of %s', (question) => {
    expect(leansOnEarlier(question)).toBe(false);
  });
});

describe('recallQuery', () => {
  const said = (role: 'user' | 'assistant', content: string) => ({ role, content });
  const history = [said('user', 'one'), said('assistant', '1'), said('user', 'two'), said('user', 'three')];

  it('looks for what the last questions were about when the question leans on them', () => {
    expect(recallQuery('And those?', history)).toBe('And those?\ntwo\nthree');
  });

  it('looks for the question alone when it stands by itself, or comes first', () => {
    const alone = 'How many orders did customers in Hamburg place in March 2025?';
    expect(recallQuery(alone, history)).toBe(alone);
    expect(recallQuery('And those?', [])).toBe('And those?');
  });
});
