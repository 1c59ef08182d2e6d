import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { FakeClaude, replies } from '@memori/testing';
import { freePort } from './support/free-port';
import { type Spawned, spawnApp } from './support/spawn-memori';

jest.setTimeout(120_000);

const run = promisify(execFile);

/** Looks often, since what is waited for is there for a moment only; gives up with the process that should make it. */
async function appears(path: string, { child }: Spawned): Promise<void> {
  while (!existsSync(path) && child.exitCode === null) await setTimeout(5);
}

let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'memori übung '));
  // For root: PostgreSQL's user must get in, else the data lie elsewhere.
  chmodSync(home, 0o755);
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('a first start', () => {
  let memori: Spawned;
  let port: number;
  let env: Record<string, string>;

  beforeAll(async () => {
    port = await freePort();
    env = { MEMORI_PORT: String(port), MEMORI_DATA_DIR: join(home, 'data dir') };
    memori = spawnApp('memori', [], { cwd: home, env });
    await memori.wrote(/is ready at/);
    await memori.wrote(/data-sources.*\n/);
  });

  afterAll(async () => {
    memori?.child.kill('SIGKILL');
    await memori?.ended;
  });

  it('ends with a block whose curl line works as it stands', async () => {
    const line = memori.output.out.split('\n').find((text) => text.startsWith('curl')) ?? '';

    const { stdout } = await run('sh', ['-c', line], { cwd: '/' });

    expect(JSON.parse(stdout)).toMatchObject({
      status: 'answered',
      source: 'verified-query',
      rowCount: expect.any(Number),
    });
  });

  it('says nothing else on its first screen', () => {
    expect(memori.output.out.trimStart()).toMatch(/^Memori \d/);
    expect(memori.output.err).toBe('');
  });

  it('answers on the command line, with SQL and cost', async () => {
    const cli = spawnApp('cli', ['ask', '我们有多少客户？', '--data-source', 'demo'], { cwd: home, env });

    expect([await cli.ended, cli.output.err]).toEqual([0, '']);
    expect(cli.output.out).toMatch(/customers\n─+\n\s*\d+\n/);
    expect(cli.output.out).toMatch(/SQL\s+SELECT/);
    expect(cli.output.out).toMatch(/Cost\s+nothing/);
  });

  it('says on the command line what is missing for any other question', async () => {
    const cli = spawnApp('cli', ['ask', 'What is the meaning of it all?', '--data-source', 'demo'], { cwd: home, env });

    expect(await cli.ended).toBe(1);
    expect(cli.output.err).toMatch(/MEMORI_ANTHROPIC_API_KEY.*model-not-configured/s);
  });

  it('refuses a second process on the same data directory, and goes on itself', async () => {
    const second = spawnApp('memori', [], { cwd: home, env: { ...env, MEMORI_PORT: String(await freePort()) } });

    expect(await second.ended).toBe(1);
    expect(second.output.err).toMatch(/^\nMemori cannot start\.\n\n {2}Memori already runs/);
    expect(second.output.out).toBe('');
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
  });

  it('ends at Ctrl-C, whatever is still connected', async () => {
    const idle = connect(port, '127.0.0.1');
    await once(idle, 'connect');
    const stream = await fetch(`http://127.0.0.1:${port}/health`, { keepalive: true });

    memori.child.kill('SIGINT');

    expect([stream.status, await memori.ended]).toEqual([200, 0]);
    idle.destroy();
  });
});

describe('a process that is killed', () => {
  let claude: FakeClaude;

  beforeAll(async () => {
    claude = await FakeClaude.start();
  });

  const started: Spawned[] = [];

  // A process that an expectation left behind would keep Jest alive.
  afterAll(async () => {
    for (const { child } of started) child.kill('SIGKILL');
    await claude.stop();
  });

  it('loses no question that it had accepted', async () => {
    claude.holdNext(replies.sql('SELECT 1 AS one'));
    claude.answers(replies.sql('SELECT count(*) AS orders FROM orders'));
    const dataDir = join(home, 'killed');
    const env = {
      MEMORI_DATA_DIR: dataDir,
      MEMORI_ANTHROPIC_API_KEY: 'fake',
      MEMORI_ANTHROPIC_BASE_URL: claude.url,
      // The first request is then the question's, and not one for the aliases of the demo.
      MEMORI_BACKGROUND_MODEL_CALLS: 'false',
    };
    const start = async () => {
      const port = await freePort();
      const memori = spawnApp('memori', [], { cwd: home, env: { ...env, MEMORI_PORT: String(port) } });
      started.push(memori);
      await memori.wrote(/data-sources.*\n/);
      return { memori, url: `http://127.0.0.1:${port}/v1/questions` };
    };
    const first = await start();
    const key = readFileSync(join(dataDir, 'admin.key'), 'utf8').trim();
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const accepted = await fetch(first.url, {
      method: 'POST',
      headers: { ...headers, prefer: 'respond-async' },
      body: JSON.stringify({ question: 'How many orders were there ever?', dataSourceId: 'demo' }),
    });
    const { id } = (await accepted.json()) as { id: string };
    await claude.received(1);

    first.memori.child.kill('SIGKILL');
    await first.memori.ended;
    const second = await start();
    const answer = await fetch(`${second.url}/${id}?wait=90`, { headers });

    expect(accepted.status).toBe(202);
    expect(await answer.json()).toMatchObject({ status: 'answered', rows: [['12000']] });
    second.memori.child.kill('SIGKILL');
    await second.memori.ended;
  });
});

describe('Ctrl-C in the middle of a first start', () => {
  it.each([
    ['initdb', 'postgres/data.new'],
    ['the first PostgreSQL', 'postgres.start.log'],
  ])('while %s is at work: an end without a complaint, and a next start that works', async (what, sign) => {
    const dataDir = join(home, `broken off ${what}`);
    const env = { MEMORI_PORT: String(await freePort()), MEMORI_DATA_DIR: dataDir, MEMORI_DEMO: 'false' };
    const memori = spawnApp('memori', [], { cwd: home, env, ownGroup: true });
    await appears(join(dataDir, sign), memori);

    // As a terminal does it: to everything that was started there.
    process.kill(-(memori.child.pid as number), 'SIGINT');

    expect([0, 130]).toContain(await memori.ended);
    expect(memori.output.err).not.toMatch(/cannot start|\n\s+at /);
    const again = spawnApp('memori', [], { cwd: home, env });
    await again.wrote(/is ready at/);
    again.child.kill('SIGINT');
    expect(await again.ended).toBe(0);
  });
});

describe('a start that cannot be', () => {
  it('names the variable when the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const env = { MEMORI_PORT: String(port), MEMORI_DATA_DIR: join(home, 'port'), MEMORI_DEMO: 'false' };

    const memori = spawnApp('memori', [], { cwd: home, env });
    const code = await memori.ended;
    taken.close();

    expect(code).toBe(1);
    expect(memori.output.err).toMatch(new RegExp(`Port ${port} is taken.*MEMORI_PORT`));
    expect(memori.output.out).toBe('');
  });

  it('lists every wrong variable and no value', async () => {
    const memori = spawnApp('memori', [], {
      cwd: home,
      env: { MEMORI_PORT: 'x-secret', MEMORI_ADMIN_KEY: 'short', MEMORI_PROT: '1' },
    });

    expect(await memori.ended).toBe(1);
    for (const name of ['MEMORI_PORT', 'MEMORI_ADMIN_KEY', 'MEMORI_PROT']) expect(memori.output.err).toContain(name);
    expect(memori.output.err).not.toMatch(/x-secret|short|\n\s+at /);
  });
});

describe('the command line', () => {
  it('says how to start Memori when none is running', async () => {
    const env = { MEMORI_PORT: String(await freePort()), MEMORI_ADMIN_KEY: 'an-administrators-key' };

    const cli = spawnApp('cli', ['ask', 'Anybody?'], { cwd: home, env });

    expect(await cli.ended).toBe(1);
    expect(cli.output.err).toContain('npm start');
  });

  it('helps', async () => {
    const cli = spawnApp('cli', ['--help'], { cwd: home, env: {} });

    expect([await cli.ended, cli.output.out]).toEqual([0, expect.stringContaining('--data-source')]);
  });
});
