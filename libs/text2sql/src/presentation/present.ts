import type { Catalog } from '../data-source/catalog';
import type { Finding } from '../question/question-run';
import { suggestChart } from './chart';
import { scriptLanguage, withLabels } from './column-labels';

/** A finding with what people and charts need to show its result: labels of the columns, and a chart where one suits. */
export function presented(
  finding: Finding,
  catalog: Catalog,
  { question, language }: { readonly question: string; readonly language: string | undefined },
): Finding {
  const { result, fields } = finding;
  if (!result) return finding;
  const asked = { sql: fields.sql ?? '', catalog, language: scriptLanguage(question, language) };
  const shown = { ...result, columns: withLabels(result.columns, asked) };
  const chart = suggestChart(shown);
  return { ...finding, result: shown, ...(chart && { fields: { ...fields, chart } }) };
}
