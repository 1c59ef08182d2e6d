import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { InputError, readRecords } from './input-records';

const folder = mkdtempSync(join(tmpdir(), 'memori-records-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('readRecords', () => {
  it('reads JSON lines, blank lines left out, and says where each stood', () => {
    const path = file('a.jsonl', '{"question":"one"}\n\n{"question":"二"}\n');

    expect(readRecords([path])).toEqual([
      { fields: { question: 'one' }, place: 'a.jsonl:1' },
      { fields: { question: '二' }, place: 'a.jsonl:3' },
    ]);
  });

  it('reads a CSV by its header, with quotes, line breaks and a byte order mark', () => {
    const path = file('b.csv', '\ufeffdb_id,question\nshop,"How many ""big"",\nones?"\n');

    expect(readRecords([path])).toEqual([
      { fields: { db_id: 'shop', question: 'How many "big",\nones?' }, place: 'b.csv:1' },
    ]);
  });

  it('takes gzip by its content, whatever the file is called', () => {
    expect(readRecords([file('c.jsonl', gzipSync('{"a":1}'))])).toEqual([{ fields: { a: 1 }, place: 'c.jsonl:1' }]);
  });

  it('joins several files in their order', () => {
    const [one, two] = [file('1.jsonl', '{"a":1}'), file('2.jsonl', '{"a":2}')];

    expect(readRecords([two, one]).map(({ fields }) => fields['a'])).toEqual([2, 1]);
  });

  it.each([
    ['a line that is no JSON', '{"a":1}\n{a:2}', 'x.jsonl:2: this line is not JSON.'],
    ['a line that is no object', '{"a":1}\n[2]', 'x.jsonl:2: a JSON object is expected.'],
    ['an empty file', '', 'neither JSON lines nor a CSV'],
    ['damaged gzip', Buffer.from([0x1f, 0x8b, 1, 2, 3]), 'cannot be read'],
  ])('names the place of %s', (_what, content, message) => {
    const path = file('x.jsonl', content);

    expect(() => readRecords([path])).toThrow(InputError);
    expect(() => readRecords([path])).toThrow(message);
  });

  it('says which file is not there', () => {
    expect(() => readRecords([join(folder, 'none.csv')])).toThrow(/none\.csv cannot be read: ENOENT/);
  });
});
