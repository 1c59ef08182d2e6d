import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandOf, exists, isAlive, workingDirOf } from './process-identity';

/** What a running server writes into its data directory. */
export interface PostmasterPid {
  readonly pid: number;
  readonly dataDir: string;
  readonly status: string;
}

export function readPostmasterPid(dataDir: string): PostmasterPid | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Math.abs(Number(lines[0]));
  return Number.isInteger(pid) && pid > 0
    ? { pid, dataDir: lines[1] ?? '', status: lines[7]?.trim() ?? '' }
    : undefined;
}

export function isReady(dataDir: string, pid: number | undefined): boolean {
  const found = readPostmasterPid(dataDir);
  return found !== undefined && found.pid === pid && found.status === 'ready';
}

/** The server that an earlier Memori left behind, if it truly is one: alive, PostgreSQL, on this very folder. */
export function runningServer(dataDir: string): number | undefined {
  const found = readPostmasterPid(dataDir);
  return found && isAlive(found.pid) && isServerOf(found.pid, dataDir) ? found.pid : undefined;
}

/** A server works in its data directory, by whatever name that was given. */
function isServerOf(pid: number, dataDir: string): boolean {
  const workingDir = workingDirOf(pid);
  if (workingDir !== undefined) return workingDir === dataDir && isPostgres(pid);
  return isPostgres(pid) && commandOf(pid).includes(dataDir);
}

/**
 * The pid file names a process that PostgreSQL would take for a living server of this folder and that is none: a
 * stranger who got the number since, or a dead process that nobody has fetched yet.
 */
export function hasStrangersPid(dataDir: string): boolean {
  const found = readPostmasterPid(dataDir);
  if (!found || !exists(found.pid)) return false;
  if (!isAlive(found.pid)) return true;
  const workingDir = workingDirOf(found.pid);
  return workingDir === undefined ? !isPostgres(found.pid) : !isServerOf(found.pid, dataDir);
}

function isPostgres(pid: number): boolean {
  return commandOf(pid).includes('postgres');
}
