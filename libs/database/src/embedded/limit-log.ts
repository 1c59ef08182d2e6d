import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

const MAX_BYTES = 10 * 1_048_576;
const EVERY_MS = 600_000;

/** PostgreSQL starts a file a day and keeps seven; this keeps each of them from growing without end. */
export function limitLog(dir: string): NodeJS.Timeout {
  truncateLarge(dir);
  return setInterval(() => truncateLarge(dir), EVERY_MS).unref();
}

export function truncateLarge(dir: string, maxBytes = MAX_BYTES): void {
  try {
    for (const file of readdirSync(dir)) if (statSync(join(dir, file)).size > maxBytes) truncateSync(join(dir, file));
  } catch {
    // The server may be rotating its files just now; the next turn comes.
  }
}
