import { configOf, OwnDatabase } from './own-database';

const external = (url: string, directUrl = url) => {
  const [memori, direct] = [configOf(url), configOf(directUrl)];
  return new OwnDatabase({ memori, direct, owner: direct, behindPooler: url !== directUrl });
};

describe("Memori's own database", () => {
  const own = external('postgresql://m:pw@db.example:6432/memori', 'postgresql://m:pw@10.0.0.5/memori');

  it('is known by the address of the pooler and by the direct one', () => {
    expect(own.isOwnDatabase('db.example', 6432, 'memori')).toBe(true);
    expect(own.isOwnDatabase('10.0.0.5', 5432, 'memori')).toBe(true);
  });

  it('is known whatever the case of its host, or a dot at its end', () => {
    expect(own.isOwnDatabase('DB.Example.', 6432, 'memori')).toBe(true);
  });

  it('is not another database, port or host', () => {
    expect(own.isOwnDatabase('db.example', 6432, 'shop')).toBe(false);
    expect(own.isOwnDatabase('db.example', 5432, 'memori')).toBe(false);
    expect(own.isOwnDatabase('other.example', 6432, 'memori')).toBe(false);
  });

  it.each(['localhost', '127.0.0.1', '127.1.2.3', '::1', '[::1]'])('on this machine is known as %s', (host) => {
    expect(external('postgresql://m:pw@localhost/memori').isOwnDatabase(host, 5432, 'memori')).toBe(true);
  });
});

it('of the embedded server is every database but the demo', () => {
  const config = { host: '/run/memori', port: 5432, user: 'memori', password: 'x', database: 'memori' };
  const reader = { ...config, database: 'demo' };
  const own = new OwnDatabase({
    ...{ memori: config, direct: config, owner: config, behindPooler: false },
    demo: { admin: reader, reader, readerUrl: '' },
    embedded: { dataDir: '/d', location: '/d/postgres', foundOrphan: false },
  });
  expect(
    ['memori', 'postgres', 'template1', 'demo'].map((name) => own.isOwnDatabase('/run/memori', 5432, name)),
  ).toEqual([true, true, true, false]);
  expect(own.isOwnDatabase('/run/other', 5432, 'memori')).toBe(false);
});

it('reads a URL with a socket directory as pg does', () => {
  expect(configOf('postgresql://u:p@/demo?host=%2Frun%2Fmy%20dir&port=5433')).toMatchObject({
    host: '/run/my dir',
    port: 5433,
    database: 'demo',
  });
});
