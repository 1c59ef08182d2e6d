import type { Catalog, CatalogTable } from '../data-source/catalog';
import type { GlossaryWord } from '../glossary/glossary-book';
import { linkTables } from '../linking/link-tables';
import { rankTables } from '../linking/rank-tables';
import type { TableLikeness } from '../table-vectors/table-vectors';
import type { PromptMaterial } from './answer-prompt';
import type { QuestionValues } from './offered-values';
import { tableName } from './schema-text';
import { tablesNamedIn } from './tables-named-in';

const MOST_LINKED_TABLES = 12;

/** What is known of a question, as far as the choice of tables is measured by it. */
interface Measured extends Pick<PromptMaterial, 'catalog' | 'history' | 'question'> {
  readonly values: QuestionValues;
  readonly likeness?: TableLikeness;
}

type Relevant = Pick<PromptMaterial, 'catalog' | 'history' | 'question' | 'glossary' | 'rounds'>;

/**
 * Tables that earlier SQL named come first: a follow-up or a repair needs them again. Those of metrics that were
 * mentioned follow.
 */
export function tablesByRelevance(
  material: Relevant,
  values: QuestionValues,
  likeness?: TableLikeness,
): CatalogTable[] {
  const { catalog, history, question, rounds } = material;
  const named = tablesNamedIn(
    [...rounds.map(({ reply }) => reply), history.findLast(({ sql }) => sql)?.sql ?? ''].join('\n'),
    catalog,
  );
  const asked = linkingText(question, history);
  const evidence = values.evidence(asked, catalog);
  const linked = linkTables(asked, catalog, { maxTables: MOST_LINKED_TABLES, evidence, likeness });
  const metrics = tablesOfMetrics(material.glossary.words, catalog);
  const ordered = [...new Set([...named, ...metrics, ...linked])];
  return ordered.length > 0 ? ordered : catalog.tables.slice(0, MOST_LINKED_TABLES);
}

/**
 * How much better the best table fits than the best of those that stand in no prompt, 0 (not at all) to 1. `leftOut` are
 * names as the prompt writes them.
 */
export function marginOfLeftOut(
  { catalog, question, history, values, likeness }: Measured,
  leftOut: ReadonlySet<string>,
): number {
  const asked = linkingText(question, history);
  const evidence = values.evidence(asked, catalog);
  const ranked = rankTables(asked, catalog, { evidence, likeness });
  const best = ranked[0]?.score ?? 0;
  const first = ranked.find(({ table }) => leftOut.has(tableName(catalog, table)))?.score ?? 0;
  return best > 0 ? 1 - Math.max(0, first) / best : 0;
}

/** A follow-up speaks of its tables together with the question before it. */
export function linkingText(question: string, history: PromptMaterial['history']): string {
  const said = history.filter(({ role }) => role === 'user' || role === 'assistant');
  return said.length > 0 ? `${question}\n${said.findLast(({ role }) => role === 'user')?.content ?? ''}` : question;
}

/** The tables that the metrics read which the question speaks of. */
function tablesOfMetrics(words: readonly GlossaryWord[], catalog: Catalog): CatalogTable[] {
  const read = words.flatMap(({ relations }) => relations);
  return catalog.tables.filter((table) =>
    read.some(({ schema, name }) => table.schema === schema && table.name === name),
  );
}
