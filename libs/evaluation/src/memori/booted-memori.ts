import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { environmentWithoutMemori } from '@memori/config';
import { InputError } from '@memori/golds';

/** How the executable is run: what Node.js is told, and its main file. */
export interface MemoriProgram {
  readonly main: string;
  readonly nodeArguments: readonly string[];
}

const START_WITHIN_MS = 120_000;
const LOOK_AGAIN_MS = 50;
/** Of what it printed, the end, where the reason stands. */
const MOST_OUTPUT = 4000;

/** A Memori in a process of its own with a data directory of its own, which goes when it ends. Nothing of the caller's is touched. */
export class BootedMemori {
  private output = '';

  private constructor(
    readonly url: string,
    readonly key: string,
    private readonly child: ChildProcess,
    private readonly home: string,
  ) {}

  /** `env` is all that it knows of the configuration. */
  static async start(program: MemoriProgram, env: Readonly<Record<string, string>>): Promise<BootedMemori> {
    const home = mkdtempSync(join(tmpdir(), 'memori-evaluation-'));
    const port = await freePort();
    const key = randomBytes(16).toString('hex');
    mkdirSync(join(home, 'data'));
    const own = {
      MEMORI_HOST: '127.0.0.1',
      MEMORI_PORT: String(port),
      MEMORI_DATA_DIR: join(home, 'data'),
      MEMORI_ADMIN_KEY: key,
      MEMORI_LOG_LEVEL: 'warn',
    };
    const child = spawn(process.execPath, [...program.nodeArguments, program.main], {
      cwd: home, // away from the caller's .env.memori.local
      env: { ...environmentWithoutMemori(), ...env, ...own },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const memori = new BootedMemori(`http://127.0.0.1:${port}`, key, child, home);
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => (memori.output = (memori.output + text.toString()).slice(-MOST_OUTPUT)));
    await memori.untilReady();
    return memori;
  }

  async stop(): Promise<void> {
    if (this.isRunning) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.home, { recursive: true, force: true });
  }

  private get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  private async untilReady(): Promise<void> {
    const until = Date.now() + START_WITHIN_MS;
    while (Date.now() < until && this.isRunning) {
      const isReady = await fetch(`${this.url}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isReady) return;
      await sleep(LOOK_AGAIN_MS);
    }
    await this.stop();
    throw new InputError(`A Memori to be measured did not start. Name a running one with --url.\n${this.output}`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
