import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port';

const ENTRY = join(__dirname, '../../../../apps/memori/src/main.js');
/** Linux counts in hundredths of a second everywhere that Node.js runs. */
const CLOCK_TICK_MS = 10;
const START_WITHIN_MS = 60_000;

export interface MemoriProcessOptions {
  /** Variables of Memori. Nothing of the caller's own MEMORI_… variables or files is passed on. */
  readonly env: Readonly<Record<string, string>>;
  /** What Node.js itself is told, e.g. `--cpu-prof`. */
  readonly nodeArguments?: readonly string[];
}

/** A built Memori in a process of its own, with a fresh data directory that goes when it ends. */
export class MemoriProcess {
  private constructor(
    readonly url: string,
    readonly adminKey: string,
    private readonly child: ChildProcess,
    private readonly home: string,
    private readonly output: string[],
  ) {}

  static async start({ env, nodeArguments = [] }: MemoriProcessOptions): Promise<MemoriProcess> {
    const home = mkdtempSync(join(tmpdir(), 'memori-run-'));
    const port = await freePort();
    const adminKey = randomBytes(16).toString('hex');
    const own = { MEMORI_PORT: String(port), MEMORI_DATA_DIR: join(home, 'data'), MEMORI_ADMIN_KEY: adminKey };
    const child = spawn(process.execPath, [...nodeArguments, ENTRY], {
      cwd: home, // away from the caller's .env.memori.local
      env: { ...withoutMemori(process.env), MEMORI_LOG_LEVEL: 'warn', ...own, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (text: Buffer) => output.push(text.toString()));
    const memori = new MemoriProcess(`http://127.0.0.1:${port}`, adminKey, child, home, output);
    await memori.untilReady();
    return memori;
  }

  /** Processor time that it has used, in milliseconds; unknown where there is no /proc. */
  get cpuMs(): number | undefined {
    try {
      const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS;
    } catch {
      return undefined;
    }
  }

  /** What it printed so far. */
  get printed(): string {
    return this.output.join('');
  }

  /** Calls its API as the administrator. */
  async call<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: T }> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.adminKey}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text.startsWith('{') ? JSON.parse(text) : text) as T };
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGINT');
      await ended;
    }
    rmSync(this.home, { recursive: true, force: true });
  }

  private async untilReady(): Promise<void> {
    const until = Date.now() + START_WITHIN_MS;
    while (Date.now() < until && this.child.exitCode === null) {
      const ready = await fetch(`${this.url}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (ready) return;
      await sleep(50);
    }
    await this.stop();
    throw new Error(`Memori did not start:\n${this.printed}`);
  }
}

function withoutMemori(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('MEMORI_')));
}
