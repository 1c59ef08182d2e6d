import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedFixture } from '@memori/testing';
import { isAlive } from './process-identity';

const fixture = new EmbeddedFixture(join(__dirname, 'embedded-postgres.ts'));
beforeAll(() => fixture.open());
afterAll(() => fixture.close());
beforeEach(() => fixture.begin());
afterEach(() => fixture.end());
jest.setTimeout(120_000);

describe('after kill -9 of Memori', () => {
  it('stops the server that was left running, and has every row that was acknowledged', async () => {
    const killed = await fixture.child({ directory: fixture.usedBefore() });
    await fixture.run(killed.started.owner, 'CREATE TABLE acknowledged (n int)');
    for (let n = 0; n < 20; n++) await fixture.run(killed.started.owner, `INSERT INTO acknowledged VALUES (${n})`);
    await killed.kill();
    expect(isAlive(killed.started.pid)).toBe(true);

    const server = await fixture.start({ directory: fixture.directory });

    expect(server.foundOrphan).toBe(true);
    expect(isAlive(killed.started.pid)).toBe(false);
    expect(await fixture.run(server.configFor('owner'), 'SELECT count(*)::int AS n FROM acknowledged')).toEqual([
      { n: 20 },
    ]);
  });

  it('has them too when the server was killed with it', async () => {
    const killed = await fixture.child({ directory: fixture.usedBefore() });
    await fixture.run(killed.started.owner, 'CREATE TABLE acknowledged AS SELECT 1 AS n');
    await killed.kill();
    process.kill(killed.started.pid, 'SIGKILL');

    const server = await fixture.start({ directory: fixture.directory });

    expect(await fixture.run(server.configFor('owner'), 'TABLE acknowledged')).toEqual([{ n: 1 }]);
  });

  it('lets one of several starts at once in, and tells the others why not', async () => {
    const killed = await fixture.child({ directory: fixture.usedBefore() });
    await fixture.run(killed.started.owner, 'CREATE TABLE acknowledged AS SELECT 1 AS n');
    await killed.kill();

    const outcomes = await Promise.allSettled([1, 2, 3].map(() => fixture.child({ directory: fixture.directory })));

    const [winner, ...others] = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(others).toEqual([]);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(String(outcome.reason)).toMatch(/already runs|is starting/);
    expect(await fixture.run(winner!.value.started.owner, 'TABLE acknowledged')).toEqual([{ n: 1 }]);
  });

  it('begins anew when it was killed while the data directory was being made', async () => {
    mkdirSync(join(fixture.directory, 'postgres', 'data.new', 'base'), { recursive: true });
    writeFileSync(join(fixture.directory, 'postgres', 'data.new', 'PG_VERSION'), '18');

    const server = await fixture.start({ directory: fixture.directory });

    expect(await fixture.run(server.configFor('owner'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('a second start on the same data directory', () => {
  it('fails with one clear sentence and leaves the first alone', async () => {
    const first = await fixture.child({ directory: fixture.usedBefore() });

    await expect(fixture.start({ directory: fixture.directory })).rejects.toThrow(
      /Memori already runs \(process \d+\) on the data directory .* give this one another MEMORI_DATA_DIR/,
    );

    expect(await fixture.run(first.started.owner, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('of an empty folder, at the same moment, lets exactly one in', async () => {
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => fixture.child({ directory: fixture.directory })));

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is not stopped by the lock of a dead process whose number another one got', async () => {
    fixture.usedBefore();
    writeFileSync(join(fixture.directory, 'memori.lock'), JSON.stringify({ pid: process.ppid, start: 'long ago' }));

    const server = await fixture.start({ directory: fixture.directory });

    expect(isAlive(server.pid)).toBe(true);
  });

  it('is not stopped by a pid file that names somebody else by now', async () => {
    const server = await fixture.start({ directory: fixture.usedBefore() });
    await server.stop();
    const pidFile = join(server.location, 'data', 'postmaster.pid');
    writeFileSync(pidFile, `${process.pid}\n${join(server.location, 'data')}\n0\n5432\n\n\n\nready\n`);

    const again = await fixture.start({ directory: fixture.directory });

    expect(isAlive(again.pid)).toBe(true);
    expect(isAlive(process.pid)).toBe(true);
  });
});

describe('the disk', () => {
  it('is said to be full before anything is made', async () => {
    const unmount = fixture.mountSmallDisk('30m');
    if (!unmount) return console.warn('skipped: no small disk can be mounted here');
    try {
      await expect(fixture.start({ directory: fixture.directory })).rejects.toThrow(
        /disk of .* is full: \d+ MB are free, PostgreSQL needs \d+/,
      );
      expect(existsSync(join(fixture.directory, 'postgres', 'data'))).toBe(false);
    } finally {
      await unmount();
    }
  });

  it('that filled up later stops the start with the same sentence and harms nothing', async () => {
    const unmount = fixture.mountSmallDisk('300m');
    if (!unmount) return console.warn('skipped: no small disk can be mounted here');
    try {
      const server = await fixture.start({ directory: fixture.usedBefore() });
      await fixture.run(server.configFor('owner'), 'CREATE TABLE kept AS SELECT 1 AS n');
      await server.stop();
      spawnSync('dd', ['if=/dev/zero', `of=${join(fixture.directory, 'filler')}`, 'bs=1M']);
      await expect(fixture.start({ directory: fixture.directory })).rejects.toThrow(/is full/);

      rmSync(join(fixture.directory, 'filler'));
      const again = await fixture.start({ directory: fixture.directory });
      expect(await fixture.run(again.configFor('owner'), 'TABLE kept')).toEqual([{ n: 1 }]);
      await again.stop();
    } finally {
      await unmount();
    }
  });
});
