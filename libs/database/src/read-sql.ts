import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A statement that lives in a file of its own: `readSql(__dirname, 'claim-question.sql')`. Read once, at import. */
export function readSql(dir: string, file: string): string {
  return readFileSync(join(dir, file), 'utf8');
}
