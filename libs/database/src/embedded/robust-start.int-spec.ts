import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
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
import type { ClientConfig } from 'pg';
import { EmbeddedProcess, type EmbeddedProcessOptions } from '@memori/testing';
import { findPackage } from './binaries';
import { EmbeddedPostgres, type EmbeddedOptions } from './embedded-postgres';
import { isAlive } from './process-identity';
import { withClient } from './roles';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;

let template: string;
let directory: string;
const running: (EmbeddedProcess | EmbeddedPostgres)[] = [];

beforeAll(async () => {
  template = mkdtempSync(join(tmpdir(), 'memori-template-'));
  const server = await EmbeddedPostgres.start({ directory: template });
  await server.stop();
});
afterAll(() => rmSync(template, { recursive: true, force: true }));
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memori-robust-'));
  chmodSync(directory, 0o755);
});
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  rmSync(directory, { recursive: true, force: true });
});
jest.setTimeout(120_000);

describe('after kill -9 of Memori', () => {
  it('stops the server that was left running, and has every row that was acknowledged', async () => {
    const killed = await child({ directory: usedBefore() });
    await run(killed.started.owner, 'CREATE TABLE acknowledged (n int)');
    for (let n = 0; n < 20; n++) await run(killed.started.owner, `INSERT INTO acknowledged VALUES (${n})`);
    await killed.kill();
    expect(isAlive(killed.started.pid)).toBe(true);

    const server = await start({ directory });

    expect(server.foundOrphan).toBe(true);
    expect(isAlive(killed.started.pid)).toBe(false);
    expect(await run(server.configFor('owner'), 'SELECT count(*)::int AS n FROM acknowledged')).toEqual([{ n: 20 }]);
  });

  it('has them too when the server was killed with it', async () => {
    const killed = await child({ directory: usedBefore() });
    await run(killed.started.owner, 'CREATE TABLE acknowledged AS SELECT 1 AS n');
    await killed.kill();
    process.kill(killed.started.pid, 'SIGKILL');

    const server = await start({ directory });

    expect(await run(server.configFor('owner'), 'TABLE acknowledged')).toEqual([{ n: 1 }]);
  });

  it('lets one of several starts at once in, and tells the others why not', async () => {
    const killed = await child({ directory: usedBefore() });
    await run(killed.started.owner, 'CREATE TABLE acknowledged AS SELECT 1 AS n');
    await killed.kill();

    const outcomes = await Promise.allSettled([1, 2, 3].map(() => child({ directory })));

    const [winner, ...others] = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(others).toEqual([]);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(String(outcome.reason)).toMatch(/already runs|is starting/);
    expect(await run(winner!.value.started.owner, 'TABLE acknowledged')).toEqual([{ n: 1 }]);
  });

  it('begins anew when it was killed while the data directory was being made', async () => {
    mkdirSync(join(directory, 'postgres', 'data.new', 'base'), { recursive: true });
    writeFileSync(join(directory, 'postgres', 'data.new', 'PG_VERSION'), '18');

    const server = await start({ directory });

    expect(await run(server.configFor('owner'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('a second start on the same data directory', () => {
  it('fails with one clear sentence and leaves the first alone', async () => {
    const first = await child({ directory: usedBefore() });

    await expect(start({ directory })).rejects.toThrow(
      /Memori already runs \(process \d+\) on the data directory .* give this one another MEMORI_DATA_DIR/,
    );

    expect(await run(first.started.owner, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('of an empty folder, at the same moment, lets exactly one in', async () => {
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => child({ directory })));

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is not stopped by the lock of a dead process whose number another one got', async () => {
    usedBefore();
    writeFileSync(join(directory, 'memori.lock'), JSON.stringify({ pid: process.ppid, start: 'long ago' }));

    const server = await start({ directory });

    expect(isAlive(server.pid)).toBe(true);
  });

  it('is not stopped by a pid file that names somebody else by now', async () => {
    const server = await start({ directory: usedBefore() });
    await server.stop();
    const pidFile = join(server.location, 'data', 'postmaster.pid');
    writeFileSync(pidFile, `${process.pid}\n${join(server.location, 'data')}\n0\n5432\n\n\n\nready\n`);

    const again = await start({ directory });

    expect(isAlive(again.pid)).toBe(true);
    expect(isAlive(process.pid)).toBe(true);
  });
});

describe('the disk', () => {
  it('is said to be full before anything is made', async () => {
    const unmount = mountSmallDisk(directory, '30m');
    if (!unmount) return console.warn('skipped: no small disk can be mounted here');
    try {
      await expect(start({ directory })).rejects.toThrow(/disk of .* is full: \d+ MB are free, PostgreSQL needs \d+/);
      expect(existsSync(join(directory, 'postgres', 'data'))).toBe(false);
    } finally {
      unmount();
    }
  });

  it('that filled up later stops the start with the same sentence and harms nothing', async () => {
    const unmount = mountSmallDisk(directory, '300m');
    if (!unmount) return console.warn('skipped: no small disk can be mounted here');
    try {
      const server = await start({ directory: usedBefore() });
      await run(server.configFor('owner'), 'CREATE TABLE kept AS SELECT 1 AS n');
      await server.stop();
      spawnSync('dd', ['if=/dev/zero', `of=${join(directory, 'filler')}`, 'bs=1M']);
      await expect(start({ directory })).rejects.toThrow(/is full/);

      rmSync(join(directory, 'filler'));
      const again = await start({ directory });
      expect(await run(again.configFor('owner'), 'TABLE kept')).toEqual([{ n: 1 }]);
      await again.stop();
    } finally {
      unmount();
    }
  });
});

describe('the packaged binaries', () => {
  it('are copied when node_modules cannot be written to and npm has dropped the symlinks', async () => {
    const packageDir = join(directory, 'read-only');
    copyPackage(packageDir);
    const dataDir = ownedDir('data');

    const server = await child({ directory: dataDir, packageDir, uid: isRoot ? NOBODY : undefined });

    expect(readdirSync(join(server.started.location, 'binaries'))).toHaveLength(1);
    expect(await run(server.started.owner, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('that do not run on this machine lead to MEMORI_DATABASE_URL', async () => {
    const packageDir = join(directory, 'foreign');
    mkdirSync(join(packageDir, 'native', 'bin'), { recursive: true });
    writeFileSync(join(packageDir, 'package.json'), '{"version":"1"}');
    writeFileSync(join(packageDir, 'native', 'bin', 'postgres'), '#!/lib/ld-musl-x86_64.so.1\n', { mode: 0o755 });

    await expect(start({ directory: join(directory, 'data'), packageDir })).rejects.toThrow(
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
  const asRoot = isRoot ? it : it.skip;

  asRoot('root starts the server as somebody else', async () => {
    const server = await start({ directory: usedBefore() });

    expect(server.runsAs).toMatch(/postgres|nobody/);
    expect(statSync(join(server.location, 'data')).uid).not.toBe(0);
    expect(server.location).toBe(join(directory, 'postgres'));
  });

  asRoot(
    'root in a closed home has the data and the binaries where that user gets, and a note says where',
    async () => {
      chmodSync(directory, 0o700);
      const dataDir = join(directory, 'closed', '.memori');
      const packageDir = join(directory, 'package');
      copyPackage(packageDir);
      const sharedRoot = mkdtempSync(join(tmpdir(), 'memori-shared-'));
      chmodSync(sharedRoot, 0o755);

      const server = await start({ directory: dataDir, packageDir, sharedRoot });

      expect(server.location.startsWith(sharedRoot)).toBe(true);
      expect(readFileSync(join(dataDir, 'postgres.location'), 'utf8').trim()).toBe(server.location);
      expect(await run(server.configFor('owner'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await server.stop();
      rmSync(sharedRoot, { recursive: true });
    },
  );

  asRoot('an ordinary user starts it himself, and root may start it after him', async () => {
    const dataDir = ownedDir('of-nobody');
    const his = await child({ directory: dataDir, uid: NOBODY });
    expect(his.started.runsAs).toBeUndefined();
    await run(his.started.owner, 'CREATE TABLE kept AS SELECT 1 AS n');
    await his.stop();

    const roots = await start({ directory: dataDir });
    expect(await run(roots.configFor('owner'), 'TABLE kept')).toEqual([{ n: 1 }]);
    await roots.stop();

    const again = await child({ directory: dataDir, uid: NOBODY });
    expect(await run(again.started.owner, 'TABLE kept')).toEqual([{ n: 1 }]);
  });

  asRoot('who may not write the data directory is told to be the one who may', async () => {
    chmodSync(directory, 0o711);

    await expect(child({ directory, uid: NOBODY })).rejects.toThrow(
      /cannot be used \(EACCES\). Start as the user who owns it/,
    );
  });
});

describe('the path', () => {
  it('may hold blanks, quotes, commas and letters beyond ASCII', async () => {
    const server = await start({ directory: usedBefore(join(directory, `Mes données, l'été ☕ 数据`)) });

    expect(await run(server.configFor('owner'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(server.socketDir).toContain('数据');
  });

  it('may be longer than a socket path can be', async () => {
    const server = await start({ directory: usedBefore(join(directory, 'x'.repeat(120), 'data')) });

    expect(Buffer.byteLength(`${server.socketDir}/.s.PGSQL.5432`)).toBeLessThanOrEqual(107);
    expect(lstatSync(server.socketDir).mode & 0o777).toBe(0o700);
    expect(await run(server.configFor('owner'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await server.stop();
    rmSync(server.socketDir, { recursive: true });
  });
});

describe('a data directory of another version', () => {
  it.each([
    ['17', /made by PostgreSQL 17; this Memori brings PostgreSQL \d+ and does not convert it.*MEMORI_DATABASE_URL/],
    ['99', /made by PostgreSQL 99.*Start a newer Memori/],
  ])('of PostgreSQL %s is refused and stays as it is', async (version, message) => {
    const server = await start({ directory: usedBefore() });
    await server.stop();
    const versionFile = join(server.location, 'data', 'PG_VERSION');
    const original = readFileSync(versionFile);
    writeFileSync(versionFile, `${version}\n`);

    await expect(start({ directory })).rejects.toThrow(message);

    writeFileSync(versionFile, original);
    expect(isAlive((await start({ directory })).pid)).toBe(true);
  });

  it('of a Memori with another layout is refused', async () => {
    writeFileSync(join(directory, 'format.json'), '{"format":2}');

    await expect(start({ directory })).rejects.toThrow(/has layout 2; this Memori knows layout 1.*newer Memori/);
  });

  it('whose passwords were lost gets new ones and keeps its data', async () => {
    const server = await start({ directory: usedBefore() });
    await run(server.configFor('owner'), 'CREATE TABLE kept AS SELECT 1 AS n');
    await server.stop();
    rmSync(join(directory, 'postgres.passwords'));

    const again = await start({ directory });

    expect(await run(again.configFor('owner'), 'TABLE kept')).toEqual([{ n: 1 }]);
  });
});

/** A data directory as it is after the first start, made faster than by one. */
function usedBefore(target = directory): string {
  mkdirSync(target, { recursive: true });
  for (const name of ['format.json', 'postgres', 'postgres.passwords'])
    spawnSync('cp', ['-a', join(template, name), target]);
  return target;
}

async function start(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const server = await EmbeddedPostgres.start(options);
  running.push(server);
  return server;
}

async function child(options: Omit<EmbeddedProcessOptions, 'module'>): Promise<EmbeddedProcess> {
  const server = await EmbeddedProcess.start({ module: join(__dirname, 'embedded-postgres.ts'), ...options });
  running.push(server);
  return server;
}

async function run(config: ClientConfig, sql: string): Promise<unknown[]> {
  const { rows } = await withClient(config, (client) => client.query<Record<string, unknown>>(sql));
  return rows;
}

/** A folder that the ordinary user of these tests owns. */
function ownedDir(name: string): string {
  const path = join(directory, name);
  mkdirSync(path);
  if (isRoot) chownSync(path, NOBODY, NOBODY);
  return path;
}

/** As npm leaves it: without symlinks; and not to be written to. */
function copyPackage(target: string): void {
  cpSync(findPackage(), target, { recursive: true, filter: (source) => !lstatSync(source).isSymbolicLink() });
  spawnSync('chmod', ['-R', 'a-w', target]);
}

function mountSmallDisk(path: string, size: string): (() => void) | undefined {
  if (!isRoot || spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]).status !== 0)
    return undefined;
  return () => {
    while (running.length > 0) running.pop();
    spawnSync('umount', ['-l', path]);
  };
}
