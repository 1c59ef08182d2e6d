import { Injectable } from '@nestjs/common';
import { InvalidRequestError } from '@memori/errors';
import type { Principal } from '@memori/scope';
import { requireRole } from '@memori/security';
import { DataSources } from '../data-source/data-sources';
import { VerifiedQueries } from '../verified-query/verified-queries.service';
import type { AnswerColumn } from './answer';
import { QuestionReader, type QuestionView } from './question-reader';
import type { QuestionRow } from './question-record';
import { ROW_FORMATS, type RowFormat, rowStream, type RowStream, type RowTable } from './row-formats';
import { SqlConsole } from './sql-console';

/** The rows of an answer: those that are kept, or the SQL run again under what the asker may see today. */
@Injectable()
export class ResultRows {
  constructor(
    private readonly reader: QuestionReader,
    private readonly dataSources: DataSources,
    private readonly verified: VerifiedQueries,
    private readonly console: SqlConsole,
  ) {}

  async stream(
    principal: Principal,
    questionId: string,
    format: RowFormat,
    { bom, ...options }: { readonly requestId?: string; readonly signal?: AbortSignal; readonly bom?: boolean } = {},
  ): Promise<RowStream> {
    requireRole(principal, 'reader');
    if (!ROW_FORMATS.includes(format)) throw unknownFormat();
    const view = await this.reader.view(principal, questionId, { withRows: true });
    const table = keptTable(view) ?? (await this.again(principal, view, options));
    return rowStream(table, format, { name: `memori-${questionId}`, title: view.answer.question, bom });
  }

  private async again(
    principal: Principal,
    { row, answer }: QuestionView,
    options: { readonly requestId?: string; readonly signal?: AbortSignal },
  ): Promise<RowTable> {
    if (answer.status !== 'answered' || answer.sql === undefined)
      throw new InvalidRequestError(`This question has no rows: its status is "${answer.status}".`);
    const record = await this.dataSources.resolve(principal, row.data_source_id);
    const { maxRows, timeZone } = row.input;
    const params = answer.source === 'verified-query' ? await this.valuesOf(principal, row) : [];
    const subject = { type: 'question', id: row.id };
    const ran = { maxRows, timeZone, params, subject, ...options };
    const result = await this.console.runAudited(principal, record, answer.sql, ran);
    return { ...result, columns: result.columns.map((column, at) => labelled(column, answer.columns?.[at])) };
  }

  /** The SQL of a verified query has blanks, whose values stand in the question. */
  private async valuesOf(principal: Principal, row: QuestionRow) {
    const record = await this.dataSources.resolve(principal, row.data_source_id);
    const match = await this.verified.match(principal, record, row.question);
    if (match && match.query.sql === row.answer?.sql) return match.values;
    throw new InvalidRequestError(
      'The rows are no longer kept, and the verified query that gave them has changed. Ask again.',
    );
  }
}

/** The same SQL has the same columns, unless its tables have changed since. */
function labelled(column: AnswerColumn, before: AnswerColumn | undefined): AnswerColumn {
  return before?.name === column.name && before.label !== undefined ? { ...column, label: before.label } : column;
}

/** Only if all rows of the answer are kept. */
function keptTable({ answer, rows }: QuestionView): RowTable | undefined {
  const rowCount = answer.rowCount ?? 0;
  if (!rows || !answer.columns || rows.length < rowCount) return undefined;
  return { columns: answer.columns, rows, rowCount, truncated: answer.truncated ?? false };
}

function unknownFormat(): InvalidRequestError {
  const message = `must be one of ${ROW_FORMATS.join(', ')}`;
  return new InvalidRequestError(`"format" ${message}.`, [{ pointer: '/format', message }]);
}
