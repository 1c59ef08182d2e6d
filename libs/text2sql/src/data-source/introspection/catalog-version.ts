import { createHash } from 'node:crypto';
import type { Catalog } from '../catalog';

/**
 * Hash of what a query can depend on. Samples and estimates come and go with the data, and what looks sensitive is
 * judged by them: none of these is part of it.
 */
export function catalogVersion(catalog: Omit<Catalog, 'version'>): string {
  const tables = catalog.tables.map((table) => ({
    ...table,
    estimatedRows: undefined,
    columns: table.columns.map((column) => ({ ...column, samples: undefined, sensitive: undefined })),
  }));
  const text = canonical({ ...catalog, tables });
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** JSON with the keys of every object in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
