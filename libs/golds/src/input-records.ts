import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parseCsv } from './csv';

/** One record of an input file, and where it stands. */
export interface InputRecord {
  readonly fields: Readonly<Record<string, unknown>>;
  /** `questions.jsonl.gz:12`, the line of JSON lines or the number of the record of a CSV. */
  readonly place: string;
}

/** A file that cannot be read, or a line that is not what it should be. The message is for people and names the place. */
export class InputError extends Error {}

/** The records of files of JSON lines or CSV (by their content), compressed by gzip or not. */
export function readRecords(files: readonly string[]): InputRecord[] {
  return files.flatMap((file) => recordsOf(file, readText(file)));
}

function recordsOf(file: string, text: string): InputRecord[] {
  const name = file.split('/').at(-1) ?? file;
  return /^\s*\{/.test(text) ? jsonLines(name, text) : csvRecords(name, text);
}

function jsonLines(name: string, text: string): InputRecord[] {
  return text.split('\n').flatMap((line, at) => {
    if (line.trim() === '') return [];
    const place = `${name}:${at + 1}`;
    return [{ fields: objectOf(line, place), place }];
  });
}

function objectOf(line: string, place: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new InputError(`${place}: this line is not JSON.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InputError(`${place}: a JSON object is expected.`);
  return value as Record<string, unknown>;
}

function csvRecords(name: string, text: string): InputRecord[] {
  const records = parseCsv(text);
  if (records.length === 0) throw new InputError(`${name}: neither JSON lines nor a CSV with a header and a record.`);
  return records.map((fields, at) => ({ fields, place: `${name}:${at + 1}` }));
}

/** The text of a file, compressed by gzip or not; one that cannot be read is an InputError. */
export function readText(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes);
  } catch (error) {
    throw new InputError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'it is damaged'}.`);
  }
  return bytes.toString('utf8').replace(/^\ufeff/, '');
}
