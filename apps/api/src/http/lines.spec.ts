import { splitLines } from './lines';

async function* chunks(...texts: (string | Buffer)[]) {
  for (const text of texts) yield Buffer.from(text);
}

async function all<T>(lines: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

describe('splitLines', () => {
  it('finds lines wherever the chunks were cut, within a character too', async () => {
    const bytes = Buffer.from('{"a":"张"}\r\n{"b":2}\n\n{"c":3}');
    const cut = [bytes.subarray(0, 7), bytes.subarray(7, 8), bytes.subarray(8, 20), bytes.subarray(20)];

    expect(await all(splitLines(chunks(...cut)))).toEqual(['{"a":"张"}', '{"b":2}', '', '{"c":3}']);
  });

  it('has nothing to say of an empty body', async () => {
    expect(await all(splitLines(chunks()))).toEqual([]);
  });

  it('does not take a line without end', async () => {
    await expect(all(splitLines(chunks('x'.repeat(1024 * 1024), 'yy')))).rejects.toMatchObject({
      code: 'request-too-large',
    });
  });

  it('does not guess at bytes that are no UTF-8, and goes on behind them', async () => {
    const lines = await all(splitLines(chunks('{"a":1}\n', Buffer.from([0xff, 0x0a]), '{"b":2}')));

    expect(lines).toEqual(['{"a":1}', expect.objectContaining({ kind: 'unreadable' }), '{"b":2}']);
  });

  it('passes over a byte order mark', async () => {
    expect(await all(splitLines(chunks('\ufeff{"a":1}')))).toEqual(['{"a":1}']);
  });
});
