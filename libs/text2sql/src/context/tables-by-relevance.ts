import type { Catalog, CatalogTable } from '../data-source/catalog';
import type { GlossaryWord } from '../glossary/glossary-book';
import { linkTables } from '../linking/link-tables';
import type { TableLikeness } from '../table-vectors/table-vectors';
import type { ValueIndex } from '../values/value-index';
import { valueEvidence } from '../values/value-evidence';
import type { PromptMaterial } from './answer-prompt';
import { tablesNamedIn } from './tables-named-in';

const MOST_LINKED_TABLES = 12;

type Relevant = Pick<PromptMaterial, 'catalog' | 'history' | 'question' | 'glossary' | 'rounds'>;

/**
 * Tables that earlier SQL named come first: a follow-up or a repair needs them again. Those of metrics that were
 * mentioned follow.
 */
export function tablesByRelevance(material: Relevant, index: ValueIndex, likeness?: TableLikeness): CatalogTable[] {
  const { catalog, history, question, rounds } = material;
  const named = tablesNamedIn(
    [...rounds.map(({ reply }) => reply), history.findLast(({ sql }) => sql)?.sql ?? ''].join('\n'),
    catalog,
  );
  const asked = linkingText(question, history);
  const evidence = valueEvidence(index, asked, catalog);
  const linked = linkTables(asked, catalog, { maxTables: MOST_LINKED_TABLES, evidence, likeness });
  const metrics = tablesOfMetrics(material.glossary.words, catalog);
  const ordered = [...new Set([...named, ...metrics, ...linked])];
  return ordered.length > 0 ? ordered : catalog.tables.slice(0, MOST_LINKED_TABLES);
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
