import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { StartError } from '@memori/database';

/**
 * The secret in a file, made when there is none. Made complete beside its place and then linked into it: a crash
 * leaves no half a key, and of two processes that start at once the second reads what the first wrote.
 */
export function readOrMakeSecret(path: string, form: RegExp, make: () => string): string {
  const found = readSecret(path) ?? writeSecret(path, make());
  if (form.test(found)) return found;
  throw new StartError(
    `${path} does not hold a usable key. Restore the file from a backup, or delete it to have a new key made.`,
  );
}

function readSecret(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new StartError(`${path} cannot be read (${codeOf(error)}).`);
  }
}

function writeSecret(path: string, secret: string): string {
  const draft = `${path}.${randomUUID()}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeAndSync(draft, `${secret}\n`);
    linkSync(draft, path);
    return secret;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return readSecret(path) ?? '';
    throw new StartError(
      `${path} cannot be written (${codeOf(error)}). Set MEMORI_DATA_DIR to a folder that Memori may write.`,
    );
  } finally {
    rmSync(draft, { force: true });
  }
}

function writeAndSync(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error';
}
