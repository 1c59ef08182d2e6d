import type { Vault } from '@memori/security';

const MOST_ROWS = 1000;
const MOST_BYTES = 1024 * 1024;

/** The first rows of a result, as many as are kept with a question. */
export function keepRows(rows: readonly string[]): readonly string[] {
  let bytes = 0;
  const count = rows.findIndex((row, index) => {
    bytes += Buffer.byteLength(row) + 1;
    return index >= MOST_ROWS || bytes > MOST_BYTES;
  });
  return count < 0 ? rows : rows.slice(0, count);
}

/** JSON text holds no raw line break, so lines are rows. */
export function sealRows(vault: Vault, questionId: string, rows: readonly string[]): Buffer {
  return vault.encrypt(rows.join('\n'), `question-rows:${questionId}`);
}

export function openRows(vault: Vault, questionId: string, sealed: Buffer): string[] {
  const text = vault.decrypt(sealed, `question-rows:${questionId}`).toString('utf8');
  return text === '' ? [] : text.split('\n');
}

export function sealContext(vault: Vault, questionId: string, account: object): Buffer {
  return vault.encrypt(JSON.stringify(account), `question-context:${questionId}`);
}

export function openContext(vault: Vault, questionId: string, sealed: Buffer): unknown {
  return JSON.parse(vault.decrypt(sealed, `question-context:${questionId}`).toString('utf8'));
}

export function sealSummary(vault: Vault, questionId: string, summary: string): Buffer {
  return vault.encrypt(summary, `question-summary:${questionId}`);
}

export function openSummary(vault: Vault, questionId: string, sealed: Buffer): string {
  return vault.decrypt(sealed, `question-summary:${questionId}`).toString('utf8');
}
