import { statfsSync } from 'node:fs';
import { StartError } from '../start-error';

/** A new cluster takes about 40 MB, a running one needs room for its log of changes (16 MB a file). */
const NEW_CLUSTER_MB = 120;
const RUNNING_MB = 40;

/** Stops a start that would fail halfway for want of room. */
export function checkDiskSpace(dir: string, isNew: boolean): void {
  const free = freeMegabytes(dir);
  const needed = isNew ? NEW_CLUSTER_MB : RUNNING_MB;
  if (free < needed) throw diskFull(dir, free, needed);
}

/** The sentence for a failure that a full disk explains; undefined when there is room. */
export function explainByDisk(dir: string, cause: unknown): StartError | undefined {
  const says = cause instanceof Error && /No space left on device|ENOSPC|Disk quota exceeded/i.test(cause.message);
  const free = freeMegabytes(dir);
  if (cause instanceof DiskFullError || !(says || free < 1)) return undefined;
  return diskFull(dir, free, RUNNING_MB, cause);
}

function freeMegabytes(dir: string): number {
  try {
    const { bavail, bsize } = statfsSync(dir);
    return Math.floor((bavail * bsize) / 1_048_576);
  } catch {
    return Infinity;
  }
}

class DiskFullError extends StartError {}

function diskFull(dir: string, free: number, needed: number, cause?: unknown): StartError {
  return new DiskFullError(
    `The disk of ${dir} is full: ${free} MB are free, PostgreSQL needs ${needed}. Make room, or name a MEMORI_DATA_DIR on another disk. What was stored is unharmed.`,
    { cause },
  );
}
