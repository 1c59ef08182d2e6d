import type { Positions } from './source-text';

/**
 * The statement as it is executed: the very text, less what stands behind it. A trailing `-- comment` would swallow
 * whatever is written after the statement. `end` is the byte after the last meaningful token, where there are comments.
 */
export function executableText(sql: string, end: number | undefined, positions: Positions): string {
  if (end !== undefined) return positions.textUntil(end);
  // Without comments only blanks and semicolons can stand behind the last token, and both are ASCII to PostgreSQL.
  return sql.replace(/[ \t\n\r\f\v;]+$/, '');
}
