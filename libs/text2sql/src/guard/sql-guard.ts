import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Catalog } from '../data-source/catalog';
import { analyse, refusal } from './analyse';
import type { GuardVerdict, Violation } from './guard-verdict';
import { expressionFault, expressionStatement, fromFault, fromStatement, metricStatement } from './metric-shape';
import { type Output, outputOf, shapeOfExpression } from './output-columns';
import { SqlParser } from './parser/sql-parser';
import { textProblem } from './source-text';
import { type TextFilter, textFilters } from './text-filters';
import type { Fields } from './tree/pg-node';

/** As when a comment begins in one part and ends in the other. */
const ONLY_TOGETHER: Violation = {
  code: 'unsupported-construct',
  message: 'The expression and the text after FROM must each be complete.',
};

const PARAMETER_FAULT: Violation = {
  code: 'parameter-mismatch',
  message: 'A metric has no parameters: write the values into it.',
};

/**
 * The wall around the data: nothing but one SELECT whose every part is on an allow-list, and whose every name the
 * catalogue knows, passes. Reads the statement with PostgreSQL's own parser in a thread of its own; never rewrites it.
 */
@Injectable()
export class SqlGuard implements OnModuleInit, OnApplicationShutdown {
  private readonly parser = new SqlParser();

  onModuleInit(): void {
    this.parser.warmUp();
  }

  /** Not earlier: questions that run get their grace before, and still need the guard. */
  onApplicationShutdown(): Promise<void> {
    return this.parser.close();
  }

  /** Judges one statement for one data source. Touches no database. */
  async check(sql: string, catalog: Catalog): Promise<GuardVerdict> {
    const problem = textProblem(sql);
    if (problem) return refusal(sql, problem);
    return analyse(sql, await this.parser.parse(sql), catalog);
  }

  /** The texts that a statement which was allowed compares its columns with. */
  async textFilters(verdict: GuardVerdict): Promise<TextFilter[]> {
    const outcome = await this.parser.parse(verdict.sql);
    return outcome.kind === 'parsed' ? textFilters(JSON.parse(outcome.tree) as Fields, verdict) : [];
  }

  /** What a statement gives out that was allowed. */
  async output(sql: string): Promise<Output | undefined> {
    const outcome = await this.parser.parse(sql);
    return outcome.kind === 'parsed' ? outputOf(JSON.parse(outcome.tree) as Fields) : undefined;
  }

  /** Equal for expressions that are equal but for places and the tables that qualify their columns. */
  async shapeOf(expression: string): Promise<string | undefined> {
    const outcome = await this.parser.parse(expressionStatement(expression));
    return outcome.kind === 'parsed' ? shapeOfExpression(JSON.parse(outcome.tree) as Fields) : undefined;
  }

  /**
   * Judges one expression over one table or join, as the glossary keeps it. The verdict is on the statement that reads
   * it. A syntax error is told with its place in that statement.
   */
  async checkMetric(metric: { expression: string; from: string }, catalog: Catalog): Promise<GuardVerdict> {
    const sql = metricStatement(metric);
    const problem = textProblem(sql);
    if (problem) return refusal(sql, problem);
    const expression = await this.parser.parse(expressionStatement(metric.expression));
    const from = await this.parser.parse(fromStatement(metric.from));
    const fault = expressionFault(expression) ?? fromFault(from);
    if (fault) return refusal(sql, fault);
    const verdict = await this.check(sql, catalog);
    if (!verdict.allowed) return verdict;
    if (expression.kind !== 'parsed' || from.kind !== 'parsed') return refusal(sql, ONLY_TOGETHER);
    return verdict.parameterCount === 0 ? verdict : refusal(sql, PARAMETER_FAULT);
  }
}
