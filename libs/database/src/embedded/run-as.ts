import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The user that PostgreSQL runs as when Memori itself is root: PostgreSQL refuses to be root. */
export interface RunAs {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Undefined when this process is an ordinary user, who runs PostgreSQL himself. */
export function runAsFor(uid: number | undefined = process.getuid?.(), passwd = readPasswd()): RunAs | undefined {
  if (uid !== 0) return undefined;
  return find(passwd, 'postgres') ?? find(passwd, 'nobody') ?? { name: '65534', uid: 65534, gid: 65534 };
}

/** Whether that user can enter a folder: one ancestor of mode 0700 is enough to keep him out. */
export function canEnter(dir: string, runAs: RunAs | undefined): boolean {
  if (!runAs) return true;
  const { uid, gid } = runAs;
  return spawnSync('/bin/sh', ['-c', 'test -x "$0"', dir], { uid, gid, cwd: '/', env: {} }).status === 0;
}

function find(passwd: string, name: string): RunAs | undefined {
  const fields = passwd
    .split('\n')
    .find((line) => line.startsWith(`${name}:`))
    ?.split(':');
  const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
  return Number.isInteger(uid) && uid > 0 && Number.isInteger(gid) ? { name, uid, gid } : undefined;
}

function readPasswd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}
