import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Catalog } from '../data-source/catalog';
import { analyse, refusal } from './analyse';
import type { GuardVerdict } from './guard-verdict';
import { SqlParser } from './parser/sql-parser';
import { textProblem } from './source-text';
import { type TextFilter, textFilters } from './text-filters';
import type { Fields } from './tree/pg-node';

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
}
