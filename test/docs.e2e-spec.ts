import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { emptyDatabase, type EmptyDatabase } from '@memori/testing';
import { freePort } from './support/free-port';

const root = join(__dirname, '..');
const run = promisify(execFile);
const DOCS = ['README.md', 'README.zh-CN.md', 'docs/quick-start.md', 'docs/quick-start.zh-CN.md'];
/** Run as they stand by `.ci/run`, in a clean clone. */
const RUN_BY_CI = ['npm ci && npm start', 'npm test'];

/** The blocks of a page that a reader is told to type, in order. */
function shellBlocks(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => (match[1] ?? '').trim());
}

/** Memori as a reader starts it: the built program, the embedded PostgreSQL, an empty data directory. */
class StartedMemori {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'memori-docs-'));
  screen = '';
  private process?: ChildProcess;
  port = 0;

  async start(): Promise<void> {
    await run(process.execPath, ['scripts/build.mjs'], { cwd: root });
    this.port = await freePort();
    const child = spawn(process.execPath, ['dist/apps/memori/src/main.js'], {
      cwd: root,
      env: { ...process.env, MEMORI_PORT: String(this.port), MEMORI_DATA_DIR: this.dataDir, MEMORI_LOG_LEVEL: 'error' },
    });
    this.process = child;
    await new Promise<void>((resolve, reject) => {
      const read = (chunk: Buffer) => {
        this.screen += chunk.toString();
        if (this.screen.includes('/v1/data-sources')) resolve();
      };
      child.stdout?.on('data', read);
      child.stderr?.on('data', read);
      child.once('exit', () => reject(new Error(`Memori did not start: ${this.screen}`)));
    });
  }

  async stop(): Promise<void> {
    const child = this.process;
    if (child && child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

describe('the commands in the docs', () => {
  const memori = new StartedMemori();
  let source: EmptyDatabase;

  beforeAll(async () => {
    source = await emptyDatabase('CREATE TABLE items (id integer PRIMARY KEY, name text)');
    await memori.start();
  }, 600_000);

  afterAll(async () => {
    await memori.stop();
    await source.close();
  });

  /** The same commands, pointed at this Memori and at a database that exists. */
  const here = (command: string) =>
    command
      .replaceAll('http://127.0.0.1:3000', `http://127.0.0.1:${memori.port}`)
      .replaceAll('.memori/admin.key', join(memori.dataDir, 'admin.key'))
      .replaceAll(/postgresql:\/\/\w+:password@db\.example\.com\/shop/g, source.url);

  const shell = (script: string) =>
    run('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: root,
      env: { ...process.env, MEMORI_PORT: String(memori.port), MEMORI_DATA_DIR: memori.dataDir },
    });

  it('prints a first screen with a curl line that works as it stands', async () => {
    const line = /^curl .*\/v1\/questions.*$/m.exec(memori.screen)?.[0] ?? '';

    const { stdout } = await shell(line);

    expect(JSON.parse(stdout)).toMatchObject({ status: 'answered', source: 'verified-query', rowCount: 3 });
    expect(memori.screen).toContain(`http://127.0.0.1:${memori.port}/docs`);
    expect(memori.screen).not.toContain(readFileSync(join(memori.dataDir, 'admin.key'), 'utf8').trim());
  });

  it.each(DOCS)(
    'of %s work as they stand',
    async (page) => {
      const blocks = shellBlocks(page).filter((block) => !RUN_BY_CI.includes(block));
      expect(blocks.length).toBeGreaterThan(0);
      const setUp = 'removed() { curl -s -X DELETE "$1" -H "Authorization: Bearer $(cat .memori/admin.key)"; }';
      // One shell for a page, as a reader has it; what answers with a problem is marked by its "type".
      const script = blocks.map(here).join('\necho\n');

      const { stdout } = await shell(
        `${here(setUp)}\n${script}\nremoved http://127.0.0.1:${memori.port}/v1/data-sources/shop`,
      );

      expect(stdout).not.toContain('urn:memori:problem');
      expect(stdout).toContain('"status":"answered"');
    },
    600_000,
  );

  it.each(DOCS)('of %s that need a clean clone are the ones that CI runs', (page) => {
    const ci = readFileSync(join(root, '.ci/run'), 'utf8') + readFileSync(join(root, '.ci/fresh-start'), 'utf8');
    const named = shellBlocks(page).filter((block) => RUN_BY_CI.includes(block));

    expect(named).toContain('npm ci && npm start');
    for (const command of ['npm ci', 'npm test']) expect(ci).toContain(command);
  });

  it.each(DOCS)('of %s name only scripts that exist', (page) => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const text = readFileSync(join(root, page), 'utf8');
    const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map((match) => match[1] ?? '');

    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});
