import { Injectable } from '@nestjs/common';
import { Log } from '@memori/monitoring';
import type { Catalog } from '../data-source/catalog';
import type { DataSourceRecord } from '../data-source/data-source.record';
import { GlossaryBooks } from '../glossary/glossary-book';
import { SqlGuard } from '../guard/sql-guard';
import type { Finding } from '../question/question-run';
import { suggestChart } from './chart';
import { type LabelFacts, scriptLanguage, withLabels } from './column-labels';

/** Gives a finding what people and charts need to show its result: labels of the columns, and a chart where one suits. */
@Injectable()
export class Presenter {
  constructor(
    private readonly guard: SqlGuard,
    private readonly glossaries: GlossaryBooks,
    private readonly log: Log,
  ) {}

  async present(
    finding: Finding,
    record: DataSourceRecord,
    catalog: Catalog,
    { question, language }: { readonly question: string; readonly language: string | undefined },
  ): Promise<Finding> {
    const { result, fields } = finding;
    if (!result) return finding;
    const sql = fields.sql ?? '';
    const asked = { sql, catalog, language: scriptLanguage(question, language), ...(language && { tag: language }) };
    const shown = {
      ...result,
      columns: withLabels(result.columns, { ...asked, ...(await this.known(record, asked)) }),
    };
    const chart = suggestChart(shown);
    return { ...finding, result: shown, ...(chart && { fields: { ...fields, chart } }) };
  }

  /** An answer is not lost because its columns could be named no better than by their own words. */
  private async known(
    record: DataSourceRecord,
    { sql, catalog }: Pick<LabelFacts, 'sql' | 'catalog'>,
  ): Promise<Pick<LabelFacts, 'output' | 'metrics'>> {
    try {
      const [output, book] = await Promise.all([this.guard.output(sql), this.glossaries.current(record, catalog)]);
      return { ...(output && { output }), metrics: book.metrics };
    } catch (error) {
      this.log.warn('The columns of a result could not be read for their labels', { error });
      return {};
    }
  }
}
