import { spawnSync } from 'node:child_process';
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

/** A new, empty cluster in UTF-8 whose every connection needs a password. */
export function initCluster(options: InitOptions): void {
  const { runAs, passwordFile } = options;
  writeFileSync(passwordFile, options.password, { mode: 0o600 });
  if (runAs) chownSync(passwordFile, runAs.uid, runAs.gid);
  try {
    const { status, stderr, stdout, error } = spawnSync(
      join(options.binaries.native, 'bin', 'initdb'),
      flags(options),
      {
        cwd: '/',
        env: { LC_ALL: 'C', TZ: 'UTC' },
        encoding: 'utf8',
        uid: runAs?.uid,
        gid: runAs?.gid,
      },
    );
    if (status !== 0) throw new StartError(`initdb failed: ${error?.message ?? reason(stderr || stdout)}`);
  } finally {
    rmSync(passwordFile, { force: true });
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
