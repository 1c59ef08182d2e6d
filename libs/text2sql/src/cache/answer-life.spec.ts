import { answerLifeMs } from './answer-life';

/** A Wednesday. In Shanghai it is 21:00, three hours before midnight; in UTC eleven. */
const now = new Date('2026-11-25T13:00:00Z');
const HOUR_MS = 3_600_000;
const life = (question: string, sql: string, zone = 'UTC') => answerLifeMs(question, sql, now, zone);

describe('answerLifeMs', () => {
  it.each([
    ['How many customers are there?', 'SELECT count(*) FROM customers'],
    ['Orders in 2024', "SELECT * FROM orders WHERE d >= '2024-01-01' AND d < '2025-01-01'"],
    ['Orders in the first half of 2024', "SELECT * FROM orders WHERE d BETWEEN '2024-01-01' AND '2024-06-30'"],
    ['2024年3月的订单', "SELECT * FROM orders WHERE d >= DATE '2024-03-01' AND d < DATE '2024-04-01'"],
    ['orders since 2024-02-29', "SELECT * FROM orders WHERE d >= '2024-02-29 00:00:00'"],
    ['departures after 08:30', "SELECT * FROM flights WHERE departs > '08:30'"],
    ['Who ordered article 2024?', 'SELECT * FROM orders WHERE article = 2024'],
  ])('does not bound "%s"', (question, sql) => {
    expect(life(question, sql)).toBe(Infinity);
  });

  it.each([
    ['Orders of last month', "SELECT * FROM orders WHERE d >= '2026-10-01' AND d < '2026-11-01'"],
    [
      'Orders of last month',
      "SELECT * FROM orders WHERE date_trunc('month', d) = date_trunc('month', now()) - interval '1 month'",
    ],
    ['上个月的订单', "SELECT * FROM orders WHERE d >= '2026-10-01'"],
    ['Bestellungen im letzten Monat', "SELECT * FROM orders WHERE d >= '2026-10-01'"],
    ['Orders in 2024 and later', "SELECT * FROM orders WHERE d BETWEEN '2024-01-01' AND '2026-11-25'"],
    ['Recent orders', 'SELECT * FROM orders WHERE year = 2026'],
    ['Recent orders', "SELECT * FROM orders WHERE day_key >= '20261101'"],
    ['Birthdays', 'SELECT * FROM people WHERE extract(month FROM born) = 11'],
  ])('ends "%s" with the asker\'s day', (question, sql) => {
    expect(life(question, sql)).toBe(11 * HOUR_MS);
    expect(life(question, sql, 'Asia/Shanghai')).toBe(3 * HOUR_MS);
  });

  it.each([
    ['Orders of the last hour', "SELECT * FROM orders WHERE at > '2026-11-25 12:00:00+00'"],
    ['What happened just now?', 'SELECT * FROM events WHERE at > to_timestamp(1795611600)'],
  ])('stores nothing of "%s"', (question, sql) => {
    expect(life(question, sql)).toBe(0);
  });

  it('knows days that are longer or shorter than others', () => {
    const question = 'orders today';
    const before = (moment: string) => answerLifeMs(question, 'SELECT 1', new Date(moment), 'Europe/Berlin');

    expect(before('2026-10-24T22:00:00Z')).toBe(25 * HOUR_MS);
    expect(before('2026-03-28T23:00:00Z')).toBe(23 * HOUR_MS);
  });
});
