import { cutToWidth, displayWidth } from './display-width';
import { cellText, printable, tableOf } from './table';

describe('displayWidth', () => {
  it.each([
    ['abc', 3],
    ['', 0],
    ['张伟', 4],
    ['ｱ', 1],
    ['東京タワー', 10],
    ['한국', 4],
    ['é', 1],
    ['e\u0301', 1],
    ['🎉', 2],
    ['👩‍👩‍👧', 2],
    ['Müller 张', 9],
  ])('%j fills %i columns', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe('cutToWidth', () => {
  it('never cuts a character in two', () => {
    expect(cutToWidth('张伟张伟', 6)).toBe('张伟…');
    expect(cutToWidth('abc', 3)).toBe('abc');
  });
});

describe('tableOf', () => {
  it('sets Latin and Chinese columns straight, numbers to the right', () => {
    const columns = [
      { name: 'region', type: 'text' },
      { name: 'customers', type: 'bigint' },
    ];

    expect(
      tableOf(columns, [
        ['华东', '120'],
        ['North', '7'],
      ]),
    ).toBe(['region  customers', '──────  ─────────', '华东          120', 'North           7'].join('\n'));
  });

  it('shows null as nothing, objects as JSON, and lines as one', () => {
    expect([null, { a: 1 }, [1, 'b'], true, 'a\nb'].map(cellText)).toEqual(['', '{"a":1}', '[1,"b"]', 'true', 'a b']);
  });

  it('does not let a value steer the terminal', () => {
    expect(cellText('\u001b[2Jgone')).toBe('\\u001b[2Jgone');
    expect(printable('abc\u202edef')).toBe('abc\\u202edef');
  });
});
