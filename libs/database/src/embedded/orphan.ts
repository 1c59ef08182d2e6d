import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { StartError } from '../start-error';
import { hasStrangersPid, runningServer } from './postmaster-pid';
import { isAlive } from './process-identity';

const FAST_MS = 20_000;
const IMMEDIATE_MS = 10_000;

/**
 * Ends the server that a killed Memori left behind. It is not adopted: a fresh start takes 0.3 s and has this version's
 * binaries and settings. Returns true when there was one. Call it only while holding the lock of the data directory.
 */
export async function stopOrphan(cluster: string): Promise<boolean> {
  const pid = runningServer(cluster);
  if (pid === undefined) return removeStalePid(cluster);
  // Fast shutdown writes everything down; a server that does not answer recovers from its log of changes instead.
  if (await ends(pid, 'SIGINT', FAST_MS)) return true;
  if (await ends(pid, 'SIGQUIT', IMMEDIATE_MS)) return true;
  throw new StartError(
    `An earlier PostgreSQL (process ${pid}) still holds ${cluster} and does not end. End it by hand, then start again.`,
  );
}

async function ends(pid: number, signal: NodeJS.Signals, timeoutMs: number): Promise<boolean> {
  try {
    process.kill(pid, signal);
  } catch {
    return !isAlive(pid);
  }
  for (const until = Date.now() + timeoutMs; Date.now() < until; await wait(20)) if (!isAlive(pid)) return true;
  return false;
}

/** PostgreSQL itself clears a pid file whose process is gone; when a stranger got the pid since, it would refuse to start. */
function removeStalePid(cluster: string): boolean {
  if (hasStrangersPid(cluster)) rmSync(join(cluster, 'postmaster.pid'), { force: true });
  return false;
}
