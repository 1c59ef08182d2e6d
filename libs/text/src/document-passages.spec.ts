import { readDocument } from './document-passages';

const contents = (text: string, format: 'markdown' | 'text' = 'markdown') =>
  readDocument(text, format).passages.map(({ headings, content }) => [headings.join(' › '), content]);

describe('readDocument', () => {
  it('cuts Markdown at headings and names those that a passage stands under', () => {
    const { title, passages } = readDocument(
      '# Handbook\r\n\r\nFor all.\r\n\r\n## Refunds ##\r\nWithin 30 days.\r\n\r\n### Abroad\r\nWithin 60 days.\r\n\r\nShipping\r\n--------\r\nBy ship.\r\n',
      'markdown',
    );

    expect(title).toBe('Handbook');
    expect(passages).toEqual([
      { headings: ['Handbook'], content: 'For all.' },
      { headings: ['Handbook', 'Refunds'], content: 'Within 30 days.' },
      { headings: ['Handbook', 'Refunds', 'Abroad'], content: 'Within 60 days.' },
      { headings: ['Handbook', 'Shipping'], content: 'By ship.' },
    ]);
  });

  it('takes nothing in code for a heading, leaves comments and front matter out, and the title of the latter in', () => {
    const text =
      '---\ntitle: "The guide"\ntags: [a]\n---\n<!-- nobody\nreads this -->\nRun it:\n\n```sh\n# no heading\n\nmake\n```\n\n---\n\nDone.';

    expect(readDocument(text, 'markdown').title).toBe('The guide');
    expect(contents(text)).toEqual([['', 'Run it:\n\n```sh\n# no heading\n\nmake\n```\n\nDone.']]);
    expect(contents('--- \nnot front matter\n---\nText.')).toEqual([['not front matter', 'Text.']]);
  });

  it('leaves out the name of a level that is left out, and takes the next of a level for its neighbour', () => {
    expect(contents('### Deep\na\n# Top\nb\n### Below\nc')).toEqual([
      ['Deep', 'a'],
      ['Top', 'b'],
      ['Top › Below', 'c'],
    ]);
  });

  it.each([
    ['en', 'The shop opened in the spring of that year and sold tea to Dr. Miller and to others. ', 60],
    ['zh', '活跃客户是指近三十天内下过单的客户,已取消的订单不计算在内。', 120],
    ['ja', 'アクティブな顧客とは過去三十日以内に注文した顧客のことです。', 120],
  ])('cuts a long paragraph (%s) at sentences alone', (_, sentence, times) => {
    const text = Array.from({ length: times }, (__, n) => sentence.replace(/^/, `${n}: `)).join('');
    const pieces = readDocument(text, 'text').passages.map(({ content }) => content);

    expect(pieces.length).toBeGreaterThan(3);
    for (const piece of pieces) {
      expect(piece.length).toBeLessThan(1300);
      expect(piece).toMatch(/^\d+: [^]*[.。]$/u);
    }
    expect(pieces.join('').replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''));
  });

  it('repeats the head of a table over each part, and cuts lists at lines', () => {
    const rows = Array.from({ length: 60 }, (_, n) => `| city ${n} | a fairly long name of a country ${n} |`);
    const pieces = contents(`| City | Country |\n|---|---|\n${rows.join('\n')}`).map(([, content]) => content);

    expect(pieces.length).toBeGreaterThan(2);
    for (const piece of pieces) expect(piece).toMatch(/^\| City \| Country \|\n\|---\|---\|\n\| city/);
    expect(pieces.join('\n').match(/\| city \d+ /g)).toHaveLength(60);
  });

  it('knows chapters of a plain text in both languages, and a dash there is no list', () => {
    expect(contents('第一章 退款\n\n三十天内可退。\n\n一、海外\n\n六十天。', 'text')).toEqual([
      ['第一章 退款', '三十天内可退。'],
      ['第一章 退款 › 一、海外', '六十天。'],
    ]);
    expect(contents('1 Orders\n\nThey come in.\n\n1.1 Refunds\n\n2024 was good.\n\n# not one', 'text')).toEqual([
      ['1 Orders', 'They come in.'],
      ['1 Orders › 1.1 Refunds', '2024 was good.\n\n# not one'],
    ]);
  });

  it.each(['', ' \n\n', '# Only a heading', '<!-- x -->', '\ufeff'])('finds nothing in %j', (text) => {
    expect(readDocument(text, 'markdown').passages).toEqual([]);
  });

  it('takes time in proportion to the text', () => {
    const chatty = readDocument('a. '.repeat(200_000), 'text').passages;
    expect(chatty.length).toBeGreaterThan(500);
    const text = '`'.repeat(100_000) + '\n' + '| - '.repeat(50_000) + '\n' + '# '.repeat(50_000) + ' x';

    expect(readDocument(text, 'markdown').passages.length).toBeGreaterThan(0);
  });
});
