import { splitIdentifier } from '@memori/text';
import type { Catalog } from '../data-source/catalog';
import { singular } from './question-form';

const known = new WeakMap<Catalog, ReadonlySet<string>>();

/** The words, in the singular, that tables and columns are named with; read once for each catalogue. */
export function schemaNouns(catalog: Catalog): ReadonlySet<string> {
  const read = known.get(catalog);
  if (read) return read;
  const names = catalog.tables.flatMap(({ name, columns }) => [name, ...columns.map((column) => column.name)]);
  const nouns = new Set(names.flatMap(splitIdentifier).map((word) => singular(word.toLowerCase())));
  known.set(catalog, nouns);
  return nouns;
}
