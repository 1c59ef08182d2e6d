import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const NAMES = ['superuser', 'owner', 'runtime', 'demoOwner', 'demoReader'] as const;

/** One password for each role of the embedded PostgreSQL. */
export type Passwords = Readonly<Record<(typeof NAMES)[number], string>>;

/** The passwords of this data directory, made at its first start and kept in a file that only its owner can read. */
export function readOrMakePasswords(path: string): { passwords: Passwords; areNew: boolean } {
  const kept = existsSync(path) ? parse(readFileSync(path, 'utf8')) : undefined;
  if (kept) return { passwords: kept, areNew: false };
  const made = Object.fromEntries(NAMES.map((name) => [name, randomBytes(18).toString('base64url')])) as Passwords;
  writeFileSync(`${path}.new`, JSON.stringify(made), { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
  return { passwords: made, areNew: true };
}

function parse(text: string): Passwords | undefined {
  try {
    const read = JSON.parse(text) as Record<string, unknown>;
    return NAMES.every((name) => typeof read[name] === 'string') ? (read as Passwords) : undefined;
  } catch {
    return undefined;
  }
}
