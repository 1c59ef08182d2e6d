import { createHash } from 'node:crypto';
import { accessSync, chmodSync, chownSync, constants, mkdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { StartError } from '../start-error';
import { canEnter, type RunAs } from './run-as';

/** Where the files of one embedded PostgreSQL lie. */
export interface Home {
  /** MEMORI_DATA_DIR, absolute: keys, passwords, the lock. */
  readonly dataDir: string;
  /** Owned by the user that PostgreSQL runs as; holds `data`, `log`, `run`. In `dataDir` unless that user cannot get there. */
  readonly postgres: string;
  readonly cluster: string;
  readonly lock: string;
  readonly passwords: string;
  readonly startLog: string;
}

/** Where a root process puts what PostgreSQL's user must reach when the data directory is closed to him. */
const SHARED_ROOT = '/var/lib/memori';

/** Makes the folders. As root, PostgreSQL's user owns his part and may pass, not read, what lies above it. */
export function makeHome(directory: string, runAs: RunAs | undefined, sharedRoot = SHARED_ROOT): Home {
  const dataDir = makeDataDir(directory, runAs);
  const postgres = canEnter(dataDir, runAs) ? join(dataDir, 'postgres') : makeElsewhere(dataDir, sharedRoot);
  for (const dir of [postgres, join(postgres, 'log')]) {
    mkdirSync(dir, { recursive: true });
    if (runAs) chownSync(dir, runAs.uid, runAs.gid);
    chmodSync(dir, 0o700);
  }
  return {
    dataDir,
    postgres,
    cluster: join(postgres, 'data'),
    lock: join(dataDir, 'memori.lock'),
    passwords: join(dataDir, 'postgres.passwords'),
    startLog: join(dataDir, 'postgres.start.log'),
  };
}

/** By its real name: a server is recognised by the folder that it works in. */
function makeDataDir(directory: string, runAs: RunAs | undefined): string {
  try {
    // The mode of a folder that was there before is its owner's business.
    if (mkdirSync(directory, { recursive: true })) chmodSync(directory, runAs ? 0o711 : 0o700);
    const dataDir = realpathSync(directory);
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    return dataDir;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(
      `The data directory ${resolve(directory)} cannot be used (${code}). Start as the user who owns it, or name another MEMORI_DATA_DIR.`,
      { cause: error },
    );
  }
}

/** A cluster that an ordinary user made stays his when root starts Memori once: PostgreSQL insists on the owner. */
export function ownerOf(cluster: string, runAs: RunAs | undefined): RunAs | undefined {
  const found = runAs && statSync(cluster, { throwIfNoEntry: false });
  if (!found || found.uid === 0) return runAs;
  return { name: found.uid === runAs.uid ? runAs.name : `uid ${found.uid}`, uid: found.uid, gid: found.gid };
}

function makeElsewhere(dataDir: string, sharedRoot: string): string {
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  const postgres = join(sharedRoot, `${basename(dataDir).replaceAll(/[^\w-]/g, '')}-${hash}`);
  try {
    mkdirSync(postgres, { recursive: true });
    chmodSync(sharedRoot, 0o711);
  } catch (error) {
    throw new StartError(
      `PostgreSQL does not run as root, its user cannot enter ${dataDir}, and ${sharedRoot} cannot be used either ` +
        `(${(error as NodeJS.ErrnoException).code}). Start as an ordinary user, or name a MEMORI_DATA_DIR that everybody may enter.`,
      { cause: error },
    );
  }
  writeFileSync(join(dataDir, 'postgres.location'), `${postgres}\n`);
  return realpathSync(postgres);
}
