import type { Catalog, CatalogTable } from '../data-source/catalog';
import { SqlFailedError } from '../execution/execution.errors';
import { nearestNames } from '../guard/names/nearest-names';

const UNDEFINED_COLUMN = '42703';
const UNDEFINED_TABLE = '42P01';
/** PostgreSQL quotes a bare name, and leaves a qualified one as it is. */
const NAMED = /(?:column|relation) (\S+) does not exist/;

/**
 * Names like the one that PostgreSQL does not know although the catalogue does: it was renamed since. Taken from the
 * catalogue, which holds what may be read; never from the server's hints, which may name what may not.
 */
export function nearFailed(error: unknown, { tables }: Catalog): string[] {
  if (!(error instanceof SqlFailedError)) return [];
  const wrong = NAMED.exec(error.message)?.[1]?.replaceAll('"', '').split('.').at(-1);
  if (wrong === undefined) return [];
  const known = namesFor(error.sqlstate, tables);
  return nearestNames(
    wrong,
    known.filter((name) => name !== wrong),
  );
}

function namesFor(sqlstate: string, tables: readonly CatalogTable[]): string[] {
  if (sqlstate === UNDEFINED_TABLE) return tables.map(({ name }) => name);
  return sqlstate === UNDEFINED_COLUMN ? tables.flatMap(({ columns }) => columns.map(({ name }) => name)) : [];
}
