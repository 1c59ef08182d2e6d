import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ClientConfig } from 'pg';

const REGISTER = join(__dirname, '../process/ts-register.cjs');
const CHILD = join(__dirname, 'embedded-child.cjs');

/** What the process says when its server is up. */
export interface Started {
  readonly location: string;
  readonly socketDir: string;
  readonly pid: number;
  readonly runsAs?: string;
  readonly foundOrphan: boolean;
  readonly owner: ClientConfig;
}

export interface EmbeddedProcessOptions {
  /** The file of the class EmbeddedPostgres. */
  readonly module: string;
  readonly directory: string;
  readonly packageDir?: string;
  readonly sharedRoot?: string;
  /** Runs as this user; possible for root alone. */
  readonly uid?: number;
  readonly cwd?: string;
}

/** The embedded PostgreSQL in a process of its own, which a test may kill. */
export class EmbeddedProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly started: Started,
  ) {}

  /** Rejects with the message that the start failed with. */
  static async start({ module, uid, cwd, ...options }: EmbeddedProcessOptions): Promise<EmbeddedProcess> {
    const child = spawn(process.execPath, ['-r', REGISTER, CHILD, module, JSON.stringify(options)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      uid,
      gid: uid,
      cwd,
    });
    const lines = createInterface({ input: child.stdout! });
    const [line] = (await Promise.race([once(lines, 'line'), once(child, 'exit')])) as [string | number];
    if (typeof line !== 'string') throw new Error(`The process ended with ${line} before it said anything.`);
    const said = JSON.parse(line) as Started & { error?: string };
    if (said.error !== undefined) throw new Error(said.error);
    return new EmbeddedProcess(child, said);
  }

  /** As a laptop does when its memory is full: nothing gets the chance to clean up. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended();
  }

  async stop(): Promise<void> {
    this.child.stdin?.end();
    await this.ended();
  }

  private async ended(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
  }
}
