import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../libs/testing/src/process/free-port';

const ENTRY = join(__dirname, '../../../dist/apps/memori/src/main.js');
const START_WITHIN_MS = 180_000;

export type Role = 'api' | 'worker';

export interface InstanceOptions {
  readonly role: Role;
  readonly env: Readonly<Record<string, string>>;
  /** Seconds by which its clock is off, by Debian's `faketime`. */
  readonly clockOffSeconds?: number;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Whatever ends the harness, Ctrl-C included, ends what it started. */
const ALIVE = new Set<ChildProcess>();
process.on('exit', () => ALIVE.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

/** One process of Memori as it is built, which a scenario may kill, stop, freeze and start again on the same port. */
export class Instance {
  private child?: ChildProcess;
  private exit?: Promise<Exit>;
  private readonly lines: string[] = [];

  private constructor(
    readonly role: Role,
    readonly port: number,
    private options: InstanceOptions,
    private readonly home: string,
  ) {}

  /** Started, and not yet waited for: `ready` does that. */
  static async spawn(options: InstanceOptions): Promise<Instance> {
    const home = mkdtempSync(join(tmpdir(), 'memori-faults-'));
    const instance = new Instance(options.role, await freePort(), options, home);
    instance.start();
    return instance;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.child?.pid ?? -1;
  }

  get isRunning(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** All that it printed, through all its lives. */
  get log(): string {
    return this.lines.join('');
  }

  start(env: Readonly<Record<string, string>> = {}): void {
    if (this.isRunning) throw new Error(`The ${this.role} at port ${this.port} runs already.`);
    this.options = { ...this.options, env: { ...this.options.env, ...env } };
    const child = spawn(process.execPath, [ENTRY], {
      cwd: this.home,
      env: { ...withoutMemori(process.env), ...this.variables(), ...clockOff(this.options.clockOffSeconds) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => this.lines.push(text.toString()));
    this.exit = once(child, 'exit').then(([code, signal]) => ({ code, signal }) as Exit);
    this.child = child;
    ALIVE.add(child);
    child.once('exit', () => ALIVE.delete(child));
  }

  async ready(withinMs = START_WITHIN_MS): Promise<void> {
    const until = performance.now() + withinMs;
    while (performance.now() < until && this.isRunning) {
      if ((await this.health()) === 200) return;
      await sleep(50);
    }
    throw new Error(`The ${this.role} was not ready in ${withinMs} ms:\n${this.log.slice(-4000)}`);
  }

  /** Status of its readiness probe; undefined when it does not answer. */
  async health(): Promise<number | undefined> {
    return fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(5000) }).then(
      async (response) => {
        await response.text();
        return response.status;
      },
      () => undefined,
    );
  }

  /** It lives, and says that it is not ready because Redis is not there. */
  async missesRedis(): Promise<boolean> {
    const report = async (path: string) => {
      const response = await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(5000) });
      return { status: response.status, body: (await response.json()) as { error?: { redis?: { message?: string } } } };
    };
    const [live, ready] = await Promise.all([report('/health/live'), report('/health/ready')]).catch(() => []);
    const isSaid = ready?.body.error?.redis?.message?.includes('MEMORI_REDIS_URL') ?? false;
    return live?.status === 200 && ready?.status === 503 && isSaid;
  }

  /** As a machine that loses its power. */
  async kill(): Promise<void> {
    if (!this.isRunning) return;
    this.child?.kill('SIGKILL');
    await this.exit;
  }

  /** As a machine that is suspended, or a process that gets no processor. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  /** As Kubernetes ends a pod. */
  async terminate(): Promise<Exit> {
    this.child?.kill('SIGTERM');
    return this.ended();
  }

  async ended(): Promise<Exit> {
    if (!this.exit) throw new Error('It was never started.');
    return this.exit;
  }

  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.home, { recursive: true, force: true });
  }

  private variables(): Record<string, string> {
    return {
      MEMORI_HOST: '127.0.0.1',
      MEMORI_PORT: String(this.port),
      MEMORI_DATA_DIR: join(this.home, 'data'),
      MEMORI_ROLE: this.role,
      ...this.options.env,
    };
  }
}

/**
 * What `faketime` would set. Started by that program itself, the process would be a child of it, which nobody ends when
 * `faketime` is killed. Timers go by the monotonic clock, which stays true, as on a machine whose clock is wrong.
 */
function clockOff(seconds = 0): NodeJS.ProcessEnv {
  if (seconds === 0) return {};
  const FAKETIME = `${seconds > 0 ? '+' : ''}${seconds}s`;
  const { stdout } = spawnSync('faketime', ['-f', FAKETIME, 'env'], { encoding: 'utf8' });
  const LD_PRELOAD = /^LD_PRELOAD=(.+)$/m.exec(stdout)?.[1];
  if (!LD_PRELOAD) throw new Error('faketime does not say which library it loads.');
  return { LD_PRELOAD, FAKETIME, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}

/** Nothing of the caller's own MEMORI_… variables is passed on. */
function withoutMemori(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(MEMORI_|NODE_OPTIONS|FAKETIME)/.test(name)));
}
