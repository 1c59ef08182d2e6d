import { DomainError, InvalidRequestError } from '@memori/errors';

/** What became of an import; nothing of a line that failed was written. */
export interface ImportReport {
  created: number;
  updated: number;
  failed: { line: number; code: string; message: string }[];
}

const MOST_FAILURES_TOLD = 100;

/** Lines of NDJSON; in place of one that cannot be read stands the reason. */
export type ImportedLines = AsyncIterable<string | DomainError> | Iterable<string | DomainError>;

/** Takes each line of an NDJSON text that is not blank by itself, and tells of those that failed. */
export async function importLines(
  lines: ImportedLines,
  importOne: (text: string) => Promise<'created' | 'updated' | 'unchanged'>,
): Promise<ImportReport> {
  const report: ImportReport = { created: 0, updated: 0, failed: [] };
  let line = 0;
  for await (const text of lines) {
    line++;
    if (typeof text === 'string' && text.trim() === '') continue;
    try {
      if (typeof text !== 'string') throw text;
      const outcome = await importOne(text);
      if (outcome !== 'unchanged') report[outcome]++;
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      if (report.failed.length < MOST_FAILURES_TOLD)
        report.failed.push({ line, code: error.code, message: error.message });
    }
  }
  return report;
}

/** A line as an object with none but these fields; `of` names in the error what they belong to. */
export function parseLine(text: string, fields: readonly string[], of: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidRequestError('The line is no JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidRequestError('The line is no JSON object.');
  const unknown = Object.keys(value).find((field) => !fields.includes(field));
  if (unknown !== undefined) throw new InvalidRequestError(`"${unknown.slice(0, 100)}" is not a field of ${of}.`);
  return value;
}
