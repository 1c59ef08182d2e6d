import { createHash } from 'node:crypto';
import { chmodSync, chownSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../start-error';
import type { RunAs } from './run-as';

/** With the embedded server's socket directory all to itself any number does; it only ends the socket's name. */
export const SOCKET_PORT = 5432;

const SOCKET = `.s.PGSQL.${SOCKET_PORT}`;
// sun_path holds 108 bytes on Linux and 104 on macOS, the final zero included.
const MAX_BYTES = process.platform === 'linux' ? 107 : 103;

/**
 * A folder for the socket that nobody but the server's user (and root) may enter: inside `home` where the path is short
 * enough, else under `/tmp` by a name made from it.
 */
export function makeSocketDir(home: string, runAs: RunAs | undefined, tmp = '/tmp'): string {
  const uid = runAs?.uid ?? process.getuid?.() ?? 0;
  const inside = join(home, 'run');
  const name = createHash('sha256').update(home).digest('hex').slice(0, 16);
  const dir = fits(inside) ? inside : join(tmp, `memori-${uid}-${name}`);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const found = lstatSync(dir);
  // In /tmp somebody else may have been first, with a folder or a link of his own.
  if (!found.isDirectory() || (found.uid !== uid && found.uid !== process.getuid?.()))
    throw new StartError(`${dir}, where the socket of PostgreSQL should lie, belongs to somebody else. Remove it.`);
  if (runAs) chownSync(dir, runAs.uid, runAs.gid);
  chmodSync(dir, 0o700);
  return dir;
}

/**
 * Takes away what a killed server left there: PostgreSQL would not start while a stranger has the pid in the old lock
 * file. Only to be called while no server of ours runs; the folder is nobody else's.
 */
export function clearSocket(dir: string): void {
  const socket = join(dir, SOCKET);
  for (const file of [socket, `${socket}.lock`]) rmSync(file, { force: true });
}

function fits(dir: string): boolean {
  return Buffer.byteLength(join(dir, SOCKET)) <= MAX_BYTES;
}
