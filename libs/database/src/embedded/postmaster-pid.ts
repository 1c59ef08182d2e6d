import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandOf, isAlive } from './process-identity';

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
  return Number.isInteger(pid) && pid > 0 ? { pid, dataDir: lines[1] ?? '', status: lines[7]?.trim() ?? '' } : undefined;
}

export function isReady(dataDir: string, pid: number | undefined): boolean {
  const found = readPostmasterPid(dataDir);
  return found !== undefined && found.pid === pid && found.status === 'ready';
}

/** The server that an earlier Memori left behind, if it truly is one: alive, PostgreSQL, on this very folder. */
export function runningServer(dataDir: string): number | undefined {
  const found = readPostmasterPid(dataDir);
  if (!found || !isAlive(found.pid)) return undefined;
  const command = commandOf(found.pid);
  return command.includes('postgres') && command.includes(dataDir) ? found.pid : undefined;
}
