import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { StartError } from '../start-error';
import type { Binaries } from './binaries';
import { isReady } from './postmaster-pid';
import type { RunAs } from './run-as';

export interface PostmasterOptions {
  readonly binaries: Binaries;
  readonly dataDir: string;
  readonly socketDir: string;
  readonly port: number;
  /** What the server says before its own log opens. */
  readonly startLog: string;
  readonly settings: Record<string, string>;
  readonly runAs?: RunAs;
}

const POLL_MS = 10;
/** Recovery after a crash may replay much; as long as the server lives it is waited for. */
const START_TIMEOUT_MS = 300_000;

/** A PostgreSQL server that this process started. */
export class Postmaster {
  private constructor(
    private readonly child: ChildProcess,
    /** Resolves when the server has ended, for whatever reason. */
    readonly ended: Promise<void>,
  ) {}

  static async start(options: PostmasterOptions): Promise<Postmaster> {
    const child = launch(options);
    let isGone = false;
    let failure: Error | undefined;
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', (error) => ((failure = error), resolve()));
    }).then(() => void (isGone = true));
    // The last chance when the process ends without `stop`, in the middle of a start too: the server shuts down by itself.
    const interrupt = () => void child.kill('SIGINT');
    process.once('exit', interrupt);
    void ended.then(() => process.off('exit', interrupt));

    const until = Date.now() + START_TIMEOUT_MS;
    while (!isReady(options.dataDir, child.pid)) {
      if (isGone) throw new StartError(`PostgreSQL did not start: ${failure?.message ?? lastWords(options)}`);
      if (Date.now() > until) {
        child.kill('SIGQUIT');
        throw new StartError(`PostgreSQL was not ready after ${START_TIMEOUT_MS / 1000} s.`);
      }
      await wait(POLL_MS);
    }
    return new Postmaster(child, ended);
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** Fast shutdown: open transactions are rolled back. A server that hangs is cut off; it recovers at its next start. */
  async stop(graceMs: number): Promise<void> {
    this.child.kill('SIGINT');
    const timer = setTimeout(() => this.child.kill('SIGQUIT'), graceMs);
    await this.ended;
    clearTimeout(timer);
  }
}

function launch(options: PostmasterOptions): ChildProcess {
  const { binaries, dataDir, socketDir, port, runAs } = options;
  const settings = { ...options.settings, unix_socket_directories: `"${socketDir}"`, port: String(port) };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // Removed first: it may belong to another user, who started Memori here before.
  rmSync(options.startLog, { force: true });
  const out = openSync(options.startLog, 'w', 0o600);
  try {
    return spawn(join(binaries.native, 'bin', 'postgres'), ['-D', dataDir, ...flags], {
      // A file, not a pipe: the server must be able to outlive us. A session of its own: Ctrl-C in a terminal is for
      // Memori, which stops the server after its questions.
      stdio: ['ignore', out, out],
      detached: true,
      cwd: '/',
      env: { LC_MESSAGES: 'C', TZ: 'UTC' },
      uid: runAs?.uid,
      gid: runAs?.gid,
    });
  } finally {
    closeSync(out);
  }
}

/** What the server said last: on stderr, or in its own log once that was open. Neither holds statements. */
function lastWords({ startLog, dataDir }: PostmasterOptions): string {
  const lines = [...linesOf(startLog), ...linesOf(newestIn(join(dataDir, '../log')))];
  const fatal = lines.filter((line) => /FATAL|PANIC|ERROR/.test(line));
  return (fatal.length > 0 ? fatal : lines).slice(-3).join(' ') || 'it ended without a word';
}

function newestIn(dir: string): string {
  const files = existsSync(dir) ? readdirSync(dir).map((file) => join(dir, file)) : [];
  const time = (file: string) => statSync(file).mtimeMs;
  return files.sort((one, other) => time(other) - time(one))[0] ?? '';
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}
