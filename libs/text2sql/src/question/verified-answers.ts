import { Injectable } from '@nestjs/common';
import type { Catalog } from '../data-source/catalog';
import type { DataSourceRecord } from '../data-source/data-source.record';
import { VerifiedQueries } from '../verified-query/verified-queries.service';
import type { VerifiedMatch } from '../verified-query/verified-query';
import type { Finding, QuestionRun } from './question-run';
import { isRepairable } from './repair';
import { SqlSteps } from './sql-steps';

/** Answers from verified queries: no model, no slot, no cost. */
@Injectable()
export class VerifiedAnswers {
  constructor(
    private readonly queries: VerifiedQueries,
    private readonly steps: SqlSteps,
  ) {}

  /** Undefined when no verified query is this question, or the one that was no longer fits its data source. */
  async find(run: QuestionRun, record: DataSourceRecord, catalog: Catalog): Promise<Finding | undefined> {
    const { claim, progress } = run;
    const match = await progress.time('contextMs', () => this.queries.match(claim.principal, record, claim.question));
    if (!match) return undefined;
    try {
      return await this.answer(run, record, catalog, match);
    } catch (error) {
      if (!isRepairable(error) || run.signal.aborted) throw error;
      // Its tables changed under it. The model may still answer; a curator should look.
      run.passedSql = undefined;
      if (isLasting(error) && !run.claim.settings.dryRun) await this.queries.markStale(match.query);
      return undefined;
    }
  }

  private async answer(
    run: QuestionRun,
    record: DataSourceRecord,
    catalog: Catalog,
    { query, values }: VerifiedMatch,
  ): Promise<Finding> {
    const { claim, progress } = run;
    const verdict = await this.steps.allowed(query.sql, catalog, query.parameters.length, progress);
    run.passedSql = verdict.sql;
    const fields = {
      source: 'verified-query' as const,
      sql: verdict.sql,
      // Both are in the language of the question: the question is this query's.
      explanation:
        query.description ??
        query.question.replace(/\{(.+?)\}/g, (blank, name: string) => valueOf(values, name) ?? blank),
      assumptions: values.map(({ name, value }) => `${name} = ${value}`),
      confidence: 'high' as const,
    };
    if (!claim.settings.execute || claim.settings.dryRun) return { status: 'answered', fields };
    const { maxRows, timeZone } = claim.settings;
    const options = { params: values, maxRows, timeZone, signal: run.signal };
    const result = await progress.time('databaseMs', () =>
      this.steps.run(record, verdict, options, (ran) => progress.ran.push(ran)),
    );
    return { status: 'answered', fields, result };
  }
}

function valueOf(values: VerifiedMatch['values'], name: string): string | undefined {
  return values.find((value) => value.name === name.normalize('NFKC'))?.value;
}

/** Names and types do not come back by themselves; a division by zero or a value out of range may. */
function isLasting(error: unknown): boolean {
  const { code, facts } = error as { code?: string; facts?: { sqlstate?: string } };
  return code === 'sql-not-allowed' || /^42/.test(facts?.sqlstate ?? '');
}
