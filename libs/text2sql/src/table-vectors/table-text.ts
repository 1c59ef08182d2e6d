import { splitIdentifier } from '@memori/text';
import type { CatalogTable } from '../data-source/catalog';

/**
 * What is embedded of a table: its name and its columns' as words, as people say them. A comment says more about a table
 * than its columns do, and comes before them.
 */
export function tableText({ name, comment, columns }: CatalogTable): string {
  const about = comment ? `${words(name)} (${comment})` : words(name);
  return `${about}: ${columns.map((column) => words(column.name)).join(', ')}`;
}

function words(identifier: string): string {
  return splitIdentifier(identifier).join(' ').toLowerCase();
}
