import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { StartError } from '../start-error';
import type { Binaries } from './binaries';
import { SUPERUSER } from './init-cluster';
import type { RunAs } from './run-as';

/** Sets the superuser's password of a stopped cluster, whose file of passwords was lost. */
export function resetSuperuser(binaries: Binaries, cluster: string, password: string, runAs?: RunAs): void {
  const { status, stderr, error } = spawnSync(
    join(binaries.native, 'bin', 'postgres'),
    ['--single', '-D', cluster, '-c', 'logging_collector=off', '-c', 'log_statement=none', 'postgres'],
    {
      input: `ALTER ROLE ${SUPERUSER} PASSWORD '${password}'\n`,
      cwd: '/',
      env: { LC_ALL: 'C', TZ: 'UTC' },
      encoding: 'utf8',
      uid: runAs?.uid,
      gid: runAs?.gid,
    },
  );
  if (status !== 0)
    throw new StartError(`PostgreSQL's passwords could not be renewed: ${error?.message ?? stderr.trim()}`);
}
