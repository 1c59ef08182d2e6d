import { createHash } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
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
  const dataDir = resolve(directory);
  mkdirSync(dataDir, { recursive: true });
  chmodSync(dataDir, runAs ? 0o711 : 0o700);
  const postgres = canEnter(dataDir, runAs) ? join(dataDir, 'postgres') : makeElsewhere(dataDir, sharedRoot);
  mkdirSync(join(postgres, 'log'), { recursive: true });
  for (const dir of [postgres, join(postgres, 'log')]) {
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

function makeElsewhere(dataDir: string, sharedRoot: string): string {
  const name = `${basename(dataDir).replaceAll(/[^\w-]/g, '')}-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`;
  const postgres = join(sharedRoot, name);
  mkdirSync(postgres, { recursive: true });
  chmodSync(sharedRoot, 0o711);
  writeFileSync(join(dataDir, 'postgres.location'), `${postgres}\n`);
  return postgres;
}
