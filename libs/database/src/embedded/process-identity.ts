import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/** True while a process of that id lives, whoever owns it. One that ended and waits for its parent is not alive. */
export function isAlive(pid: number): boolean {
  return exists(pid) && !(process.platform === 'linux' && isZombie(pid));
}

/** True also for a process that has ended and whose parent has not fetched it yet. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isZombie(pid: number): boolean {
  try {
    return linuxStat(pid)[0] === 'Z';
  } catch {
    return true;
  }
}

/** When a process began, as text to compare: a pid alone is given out again. Undefined when there is none. */
export function startOf(pid: number): string | undefined {
  if (!isAlive(pid)) return undefined;
  try {
    return process.platform === 'linux' ? linuxStart(pid) : psField(pid, 'lstart');
  } catch {
    return undefined;
  }
}

/** The command line of a process, for telling a PostgreSQL of ours from a stranger with its old pid. */
export function commandOf(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return psField(pid, 'command');
  } catch {
    return '';
  }
}

/** The folder that a process works in; undefined where the system does not tell. */
export function workingDirOf(pid: number): string | undefined {
  try {
    return process.platform === 'linux' ? readlinkSync(`/proc/${pid}/cwd`) : undefined;
  } catch {
    return undefined;
  }
}

function linuxStart(pid: number): string {
  // Field 22 is the start in ticks since the machine's own start, which the boot id tells apart.
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${linuxStat(pid)[19]}`;
}

/** The fields from the third on. The second, the command in parentheses, may hold blanks. */
function linuxStat(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function psField(pid: number, field: string): string {
  return execFileSync('ps', ['-o', `${field}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();
}
