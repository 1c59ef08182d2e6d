import { readFileSync } from 'node:fs';
import { InputError } from '@memori/golds';

/** Which schema of the database a case's `db_id` means. */
export type SchemaMap = (dbId: string) => string;

export const LOWER = 'lower(db_id)';

/**
 * `lower(db_id)`, or a JSON file `{ "db_id": "schema" }`. Without either a `db_id` is the schema of that name, in lower
 * case where there is no such schema.
 */
export function schemaMap(text: string | undefined, schemas: readonly string[]): SchemaMap {
  if (text === LOWER) return (dbId) => dbId.toLowerCase();
  if (text === undefined) return (dbId) => (schemas.includes(dbId) ? dbId : dbId.toLowerCase());
  const map = mapIn(text);
  return (dbId) => map.get(dbId) ?? dbId;
}

function mapIn(file: string): Map<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'it is not JSON';
    throw new InputError(`--schema-map is "${LOWER}" or a JSON file; ${file} cannot be read: ${why}.`);
  }
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (entries.length === 0 || entries.some(([, schema]) => typeof schema !== 'string'))
    throw new InputError(`${file}: an object of schema names by db_id is expected.`);
  return new Map(entries as [string, string][]);
}
