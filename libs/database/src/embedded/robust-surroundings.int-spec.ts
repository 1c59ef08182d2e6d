import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedFixture, isRoot, NOBODY } from '@memori/testing';
import { findPackage } from './binaries';
import { isAlive } from './process-identity';

const fixture = new EmbeddedFixture(join(__dirname, 'embedded-postgres.ts'));
beforeAll(() => fixture.open());
afterAll(() => fixture.close());
beforeEach(() => fixture.begin());
afterEach(() => fixture.end());
jest.setTimeout(120_000);

describe('the packaged binaries', () => {
  it('are copied when node_modules cannot be written to and npm has dropped the symlinks', async () => {
    const packageDir = fixture.copyPackage('read-only');
    const dataDir = fixture.ownedDir('data');

    const server = await fixture.child({ directory: dataDir, packageDir, uid: isRoot ? NOBODY : undefined });

    expect(readdirSync(join(server.started.location, 'binaries'))).toHaveLength(1);
    expect(await fixture.run(server.started.owner, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('that do not run on this machine lead to MEMORI_DATABASE_URL', async () => {
    const packageDir = join(fixture.directory, 'foreign');
    mkdirSync(join(packageDir, 'native', 'bin'), { recursive: true });
    writeFileSync(join(packageDir, 'package.json'), '{"version":"1"}');
    writeFileSync(join(packageDir, 'native', 'bin', 'postgres'), '#!/lib/ld-musl-x86_64.so.1\n', { mode: 0o755 });

    await expect(fixture.start({ directory: join(fixture.directory, 'data'), packageDir })).rejects.toThrow(
      /does not run on this machine .* set MEMORI_DATABASE_URL/,
    );
  });

  it('are missing for an unknown platform, which is said in one sentence', () => {
    expect(() => findPackage(__filename, 'sunos', 'x64')).toThrow(
      'No embedded PostgreSQL is installed for sunos-x64: set MEMORI_DATABASE_URL to a PostgreSQL of your own (16 or later).',
    );
  });
});

describe('the user', () => {
  // Only root can be somebody else; an ordinary user's run has no such tests.
  const asRoot = isRoot ? it : () => undefined;

  asRoot('root starts the server as somebody else', async () => {
    const server = await fixture.start({ directory: fixture.usedBefore() });

    expect(server.runsAs).toMatch(/postgres|nobody/);
    expect(statSync(join(server.location, 'data')).uid).not.toBe(0);
    expect(server.location).toBe(join(fixture.directory, 'postgres'));
  });

  asRoot(
    'root in a closed home has the data and the binaries where that user gets, and a note says where',
    async () => {
      chmodSync(fixture.directory, 0o700);
      const dataDir = join(fixture.directory, 'closed', '.memori');
      const packageDir = fixture.copyPackage('package');
      const sharedRoot = mkdtempSync(join(tmpdir(), 'memori-shared-'));
      chmodSync(sharedRoot, 0o755);

      const server = await fixture.start({ directory: dataDir, packageDir, sharedRoot });

      expect(server.location.startsWith(sharedRoot)).toBe(true);
      expect(readFileSync(join(dataDir, 'postgres.location'), 'utf8').trim()).toBe(server.location);
      expect(await fixture.run(server.configFor('owner'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await server.stop();
      rmSync(sharedRoot, { recursive: true });
    },
  );

  asRoot('an ordinary user starts it himself, and root may start it after him', async () => {
    const dataDir = fixture.ownedDir('of-nobody');
    const his = await fixture.child({ directory: dataDir, uid: NOBODY });
    expect(his.started.runsAs).toBeUndefined();
    await fixture.run(his.started.owner, 'CREATE TABLE kept AS SELECT 1 AS n');
    await his.stop();

    const roots = await fixture.start({ directory: dataDir });
    expect(await fixture.run(roots.configFor('owner'), 'TABLE kept')).toEqual([{ n: 1 }]);
    await roots.stop();

    const again = await fixture.child({ directory: dataDir, uid: NOBODY });
    expect(await fixture.run(again.started.owner, 'TABLE kept')).toEqual([{ n: 1 }]);
  });

  asRoot('who may not write the data directory is told to be the one who may', async () => {
    chmodSync(fixture.directory, 0o711);

    await expect(fixture.child({ directory: fixture.directory, uid: NOBODY })).rejects.toThrow(
      /cannot be used \(EACCES\). Start as the user who owns it/,
    );
  });
});

describe('the folder', () => {
  it('that was there before keeps its mode', async () => {
    chmodSync(fixture.directory, 0o1755);

    await fixture.start({ directory: fixture.usedBefore() });

    expect(statSync(fixture.directory).mode & 0o7777).toBe(0o1755);
  });

  const asRoot = isRoot ? it : () => undefined;
  asRoot('that root keeps closed, with no other place for the data, stops the start with what to do', async () => {
    chmodSync(fixture.directory, 0o700);
    const sharedRoot = join(fixture.directory, 'a-file');
    writeFileSync(sharedRoot, '');

    await expect(fixture.start({ directory: join(fixture.directory, 'closed'), sharedRoot })).rejects.toThrow(
      /does not run as root, its user cannot enter .* cannot be used either \(E\w+\)/,
    );
  });
});

describe('the path', () => {
  it('may hold blanks, quotes, commas and letters beyond ASCII', async () => {
    const server = await fixture.start({
      directory: fixture.usedBefore(join(fixture.directory, `Mes données, l'été ☕ 数据`)),
    });

    expect(await fixture.run(server.configFor('owner'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(server.socketDir).toContain('数据');
  });

  it('may be longer than a socket path can be', async () => {
    const server = await fixture.start({
      directory: fixture.usedBefore(join(fixture.directory, 'x'.repeat(120), 'data')),
    });

    expect(Buffer.byteLength(`${server.socketDir}/.s.PGSQL.5432`)).toBeLessThanOrEqual(107);
    expect(lstatSync(server.socketDir).mode & 0o777).toBe(0o700);
    expect(await fixture.run(server.configFor('owner'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await server.stop();
    rmSync(server.socketDir, { recursive: true });
  });
});

describe('a data directory of another version', () => {
  it.each([
    ['17', /made by PostgreSQL 17; this Memori brings PostgreSQL \d+ and does not convert it.*MEMORI_DATABASE_URL/],
    ['99', /made by PostgreSQL 99.*Start a newer Memori/],
  ])('of PostgreSQL %s is refused and stays as it is', async (version, message) => {
    const server = await fixture.start({ directory: fixture.usedBefore() });
    await server.stop();
    const versionFile = join(server.location, 'data', 'PG_VERSION');
    const original = readFileSync(versionFile);
    writeFileSync(versionFile, `${version}\n`);

    await expect(fixture.start({ directory: fixture.directory })).rejects.toThrow(message);

    writeFileSync(versionFile, original);
    expect(isAlive((await fixture.start({ directory: fixture.directory })).pid)).toBe(true);
  });

  it('of a Memori with another layout is refused', async () => {
    writeFileSync(join(fixture.directory, 'format.json'), '{"format":2}');

    await expect(fixture.start({ directory: fixture.directory })).rejects.toThrow(
      /has layout 2; this Memori knows layout 1.*newer Memori/,
    );
  });

  it('whose passwords were lost gets new ones and keeps its data', async () => {
    const server = await fixture.start({ directory: fixture.usedBefore() });
    await fixture.run(server.configFor('owner'), 'CREATE TABLE kept AS SELECT 1 AS n');
    await server.stop();
    rmSync(join(fixture.directory, 'postgres.passwords'));

    const again = await fixture.start({ directory: fixture.directory });

    expect(await fixture.run(again.configFor('owner'), 'TABLE kept')).toEqual([{ n: 1 }]);
  });
});
