import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { StartError } from '../start-error';
import { startOf } from './process-identity';

interface Holder {
  readonly pid: number;
  /** Tells this process from a later one with the same pid. */
  readonly start: string;
}

/** A lock that its holder's death frees: a file that names the process and when that began. */
export class OwnLock {
  private constructor(
    private readonly path: string,
    private readonly text: string,
  ) {}

  /** Throws when a living process holds the lock. */
  static take(path: string, dataDir: string): OwnLock {
    const text = JSON.stringify({ pid: process.pid, start: startOf(process.pid) ?? '' } satisfies Holder);
    if (!putIfAbsent(path, text)) replaceStale(path, text, dataDir);
    return new OwnLock(path, text);
  }

  release(): void {
    if (read(this.path) === this.text) rmSync(this.path, { force: true });
  }
}

/** The file appears with its content or not at all: a reader never meets an empty one. */
function putIfAbsent(path: string, text: string): boolean {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, text, { mode: 0o600 });
  try {
    return link(mine, path) ?? createExclusively(path, text);
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Undefined on a file system without hard links. */
function link(from: string, to: string): boolean | undefined {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EEXIST' ? false : undefined;
  }
}

function createExclusively(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Two starts may find the same stale lock at once; only the one that gets the second file judges and replaces it. */
function replaceStale(path: string, text: string, dataDir: string): void {
  const judging = `${path}.judging`;
  forgetAbandoned(judging);
  if (!putIfAbsent(judging, text)) throw isInUse(dataDir);
  try {
    const found = read(path);
    const holder = holderOf(found);
    if (holder && startOf(holder.pid) === holder.start) throw isInUse(dataDir, holder.pid);
    if (found === undefined) return takeFreed(path, text, dataDir);
    // Nobody but a judge replaces a file that is there, and there is one judge.
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } finally {
    rmSync(judging, { force: true });
  }
}

function takeFreed(path: string, text: string, dataDir: string): void {
  if (!putIfAbsent(path, text)) throw isInUse(dataDir);
}

/** Judging takes a millisecond; a file left from it means that the process was killed just then. */
function forgetAbandoned(judging: string): void {
  const holder = holderOf(read(judging));
  if (holder && startOf(holder.pid) === holder.start) return;
  const modified = statSync(judging, { throwIfNoEntry: false })?.mtimeMs;
  if (modified !== undefined && Date.now() - modified > 5000) rmSync(judging, { force: true });
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function holderOf(text: string | undefined): Holder | undefined {
  try {
    const holder = JSON.parse(text ?? '') as Partial<Holder>;
    return typeof holder.pid === 'number' && typeof holder.start === 'string' ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}

function isInUse(dataDir: string, pid?: number): StartError {
  const who = pid === undefined ? 'Another Memori is starting' : `Memori already runs (process ${pid})`;
  return new StartError(
    `${who} on the data directory ${dataDir}. Use that one, stop it first, or give this one another MEMORI_DATA_DIR and MEMORI_PORT.`,
  );
}
