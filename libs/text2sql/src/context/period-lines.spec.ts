import { periodLines } from './period-lines';

const now = new Date('2026-11-25T13:00:00Z');

describe('periodLines', () => {
  it.each([
    ['Orders last month', 'In the question, "last month" is 2026-10-01 up to, not including, 2026-11-01.\n'],
    ['近三个月的订单', 'In the question, "近3个月" is 2026-08-26 up to, not including, 2026-11-26.\n'],
    ['How many customers?', ''],
  ])('%s', (question, lines) => {
    expect(periodLines(question, now, 'UTC')).toBe(lines);
  });

  it('says each once, and few of many', () => {
    expect(periodLines('today and today', now, 'UTC').trim().split('\n')).toHaveLength(1);
    const many = Array.from({ length: 50 }, (_, i) => `in ${1950 + i}`).join(', ');
    expect(periodLines(many, now, 'UTC').trim().split('\n')).toHaveLength(8);
  });
});
