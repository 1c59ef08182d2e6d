import { estimateTokens } from '@memori/llm';
import type { Catalog, CatalogTable } from '../data-source/catalog';
import { tableText } from './schema-text';

/** Estimated tokens of tables as a prompt shows them in full, for `model`. */
export function schemaTokens(catalog: Catalog, tables: readonly CatalogTable[], model: string): number {
  return tables.reduce((sum, table) => sum + estimateTokens(tableText(catalog, table, 'full'), model), 0);
}
