import { indexTokens } from '@memori/text';
import type { Catalog, CatalogTable } from '../data-source/catalog';
import type { PromptMeter } from './prompt-meter';
import { tableTextOf } from './schema-text';

/**
 * A table whose columns alone are too much, cut to `budget`: its keys and the columns that the question speaks of first,
 * in the order of the table. Undefined when not even one column fits.
 */
export function someColumns(
  catalog: Catalog,
  table: CatalogTable,
  question: string,
  budget: number,
  meter: PromptMeter,
): string | undefined {
  if (budget <= 0) return undefined;
  const ranked = byRelevance(table, tokensOf(question));
  for (let count = ranked.length; count > 0; count = Math.floor(count * 0.8)) {
    const chosen = new Set(ranked.slice(0, count));
    const columns = table.columns.filter((column) => chosen.has(column));
    const text = tableTextOf(catalog, table, 'names-and-types', columns);
    if (meter.tokens(text) <= budget) return text;
  }
  return undefined;
}

let last: { readonly question: string; readonly tokens: ReadonlySet<string> } | undefined;

/** One question asks for every wide table in turn, and a long one takes a tenth of a second. */
function tokensOf(question: string): ReadonlySet<string> {
  if (last?.question !== question) last = { question, tokens: new Set(indexTokens(question)) };
  return last.tokens;
}

function byRelevance(table: CatalogTable, asked: ReadonlySet<string>): CatalogTable['columns'] {
  const keys = new Set([...table.primaryKey, ...table.foreignKeys.flatMap(({ columns }) => columns)]);
  const scored = table.columns.map((column) => {
    const shared = indexTokens([column.name, column.comment ?? '', ...(column.aliases ?? [])].join(' ')).filter(
      (token) => asked.has(token),
    ).length;
    return { column, score: (keys.has(column.name) ? 1 : 0) + 2 * shared };
  });
  return scored.sort((a, b) => b.score - a.score).map(({ column }) => column);
}
