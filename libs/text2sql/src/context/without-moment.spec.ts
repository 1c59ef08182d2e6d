import { nowFor } from './asker';
import { periodLines } from './period-lines';
import { withoutMoment } from './without-moment';

const QUESTION = 'Revenue last month and 近7天的订单';
const zone = 'Asia/Shanghai';
const head = (now: string, question = QUESTION) =>
  `It is ${nowFor(new Date(now), zone)}.\n${periodLines(question, new Date(now), zone)}Write text for people in English.\n`;

describe('withoutMoment', () => {
  it('makes one text of the same prompt on two days', () => {
    expect(periodLines(QUESTION, new Date(), zone)).not.toBe('');
    expect(head('2026-11-25T10:00:00Z')).not.toBe(head('2027-03-01T23:59:00Z'));

    expect(withoutMoment(head('2026-11-25T10:00:00Z'))).toBe(withoutMoment(head('2027-03-01T23:59:00Z')));
  });

  it('leaves no date, and keeps zone, period and language', () => {
    const text = withoutMoment(head('2026-11-25T10:00:00Z'));

    expect(text).not.toMatch(/\d{4}-\d\d/);
    expect(text).toMatch(/Asia\/Shanghai[\s\S]*"last month"[\s\S]*in English/);
  });

  it('keeps apart what differs in more than the day', () => {
    const now = '2026-11-25T10:00:00Z';
    expect(withoutMoment(head(now))).not.toBe(withoutMoment(head(now, 'Revenue this month and 近7天的订单')));
  });
});
