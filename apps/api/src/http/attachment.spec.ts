import { attachment } from './attachment';

describe('the name of a file', () => {
  it.each([
    ['Orders by city?', 'attachment; filename="r.csv"; filename*=UTF-8\'\'Orders%20by%20city.csv'],
    ['上个月的销售额', `attachment; filename="r.csv"; filename*=UTF-8''${encodeURIComponent('上个月的销售额')}.csv`],
    ["it's (a) *star*", 'attachment; filename="r.csv"; filename*=UTF-8\'\'it%27s%20%28a%29%20star.csv'],
    [
      '../../etc/passwd\r\nSet-Cookie: x',
      `attachment; filename="r.csv"; filename*=UTF-8''etc%20passwd%20Set-Cookie%20x.csv`,
    ],
    ['half \ud83d pair', `attachment; filename="r.csv"; filename*=UTF-8''half%20%EF%BF%BD%20pair.csv`],
    ['???', 'attachment; filename="r.csv"'],
    ['', 'attachment; filename="r.csv"'],
  ])('of %j', (title, header) => {
    expect(attachment('r.csv', title)).toBe(header);
  });

  it('is not endless', () => {
    expect(attachment('r.csv', '😀'.repeat(500)).match(/%F0%9F%98%80/g)).toHaveLength(80);
  });
});
