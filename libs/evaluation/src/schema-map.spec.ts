import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOWER, schemaMap } from './schema-map';

const folder = mkdtempSync(join(tmpdir(), 'memori-map-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string): string {
  const path = join(folder, 'map.json');
  writeFileSync(path, content);
  return path;
}

describe('schemaMap', () => {
  it('lowers every name when told so', () => {
    expect(schemaMap(LOWER, ['Shop'])('Shop')).toBe('shop');
  });

  it('prefers the schema of that very name when told nothing', () => {
    const map = schemaMap(undefined, ['Shop', 'bank']);

    expect([map('Shop'), map('Bank')]).toEqual(['Shop', 'bank']);
  });

  it('reads a file; what it does not name keeps its name', () => {
    const map = schemaMap(file('{"Shop":"sales"}'), []);

    expect([map('Shop'), map('Bank')]).toEqual(['sales', 'Bank']);
  });

  it.each([['[]'], ['{}'], ['{"a":1}'], ['{a'], ['null']])('refuses a file that holds %s', (content) => {
    expect(() => schemaMap(file(content), [])).toThrow(/map\.json/);
  });

  it('says what it takes when there is no such file', () => {
    expect(() => schemaMap('upper(db_id)', [])).toThrow(/"lower\(db_id\)" or a JSON file/);
  });
});
