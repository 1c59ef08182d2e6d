import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../start-error';
import type { Binaries } from './binaries';
import type { RunAs } from './run-as';

export const SUPERUSER = 'postgres';

export interface InitOptions {
  readonly binaries: Binaries;
  /** Made by initdb; must not exist. */
  readonly dataDir: string;
  readonly password: string;
  /** A file beside the data directory that may hold the password for a moment. */
  readonly passwordFile: string;
  readonly runAs?: RunAs;
  readonly noSync?: boolean;
}

/**
 * A new, empty cluster in UTF-8 whose every connection needs a password. Not waited for in one piece: a first start takes
 * seconds on a slow disk, and Ctrl-C must be heard meanwhile. initdb takes its half-made folder away when it is ended.
 */
export async function initCluster(options: InitOptions): Promise<void> {
  const { runAs, passwordFile } = options;
  writeFileSync(passwordFile, options.password, { mode: 0o600 });
  if (runAs) chownSync(passwordFile, runAs.uid, runAs.gid);
  try {
    const { status, output } = await runInitdb(options);
    if (status !== 0) throw new StartError(`initdb failed: ${reason(output)}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

async function runInitdb(options: InitOptions): Promise<{ status: number | null; output: string }> {
  const child = spawn(join(options.binaries.native, 'bin', 'initdb'), flags(options), {
    cwd: '/',
    env: { LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe'],
    uid: options.runAs?.uid,
    gid: options.runAs?.gid,
  });
  const texts = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (texts.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (texts.err += chunk.toString()));
  const end = () => void child.kill('SIGTERM');
  process.once('exit', end);
  try {
    const [status] = (await once(child, 'close')) as [number | null];
    return { status, output: texts.err || texts.out };
  } catch (error) {
    return { status: null, output: (error as Error).message };
  } finally {
    process.off('exit', end);
  }
}

function flags({ dataDir, passwordFile, noSync }: InitOptions): string[] {
  return [
    ...['-D', dataDir, '-U', SUPERUSER, `--pwfile=${passwordFile}`, '-A', 'scram-sha-256', '-E', 'UTF8'],
    // PostgreSQL's own C.UTF-8 is the same on every platform; the system's may be missing.
    ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--no-instructions'],
    ...(noSync ? ['--no-sync'] : []),
  ];
}

function reason(output: string): string {
  const lines = output.trim().split('\n');
  return (
    (lines
      .filter((line) => /error|fatal|panic/i.test(line))
      .slice(0, 2)
      .join(' ') ||
      lines.at(-1)) ??
    ''
  );
}
