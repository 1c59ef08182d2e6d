import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { chargeOf, estimateInput, Llm, type LlmRequest } from '@memori/llm';
import { Log } from '@memori/monitoring';
import { userScopeOf } from '@memori/scope';
import type { DataSourceRecord } from '../data-source/data-source.record';
import type { Finding, QuestionRun } from './question-run';
import { strangeNumbers } from './summary-numbers';
import { type NoSummary, summaryNote } from './summary-note';
import { MOST_SHARED_ROWS, readSummary, SUMMARY_FORMAT, type SummarisedResult, summaryPrompt } from './summary-request';

const MOST_OUTPUT_TOKENS = 300;

/** Says in a sentence what came out, where that was asked for and the data source lets the model see rows. */
@Injectable()
export class Summaries {
  constructor(
    private readonly llm: Llm,
    private readonly log: Log,
    private readonly env: Env,
  ) {}

  /** The finding with its summary, or with a note why it has none: nothing here fails an answer. */
  async add(run: QuestionRun, record: DataSourceRecord, finding: Finding): Promise<Finding> {
    const { result } = finding;
    const { summarize, language } = run.claim.settings;
    if (!summarize || finding.status !== 'answered' || !result) return finding;
    const outcome = await this.outcome(run, record, result);
    if ('summary' in outcome) return { ...finding, fields: { ...finding.fields, ...outcome } };
    return { ...finding, notes: [summaryNote(run.claim.question, language, outcome.without)] };
  }

  private async outcome(
    run: QuestionRun,
    record: DataSourceRecord,
    result: SummarisedResult,
  ): Promise<{ summary: string } | { without: NoSummary }> {
    if (!record.shareRows) return { without: 'not-shared' };
    if (!this.env.MEMORI_BACKGROUND_MODEL_CALLS) return { without: 'switched-off' };
    const { request, shown } = this.request(run, result);
    const summary = await this.ask(run, request);
    if (summary === undefined) return { without: 'failed' };
    const strange = strangeNumbers(summary, sourcesOf(run.claim.question, result, shown));
    return strange.length === 0 ? { summary } : { without: 'unfaithful' };
  }

  /** As many of the first rows as the token limit of a request lets in. */
  private request(run: QuestionRun, result: SummarisedResult): { request: LlmRequest; shown: number } {
    const { claim, signal } = run;
    const { question, settings, sessionId, dataSourceId } = claim;
    const model = settings.model ?? this.env.MEMORI_CLAUDE_FAST_MODEL;
    const asked = { question, language: settings.language };
    let shown = Math.min(result.rows.length, MOST_SHARED_ROWS);
    let prompt = summaryPrompt(result, asked, shown);
    const limit = this.env.MEMORI_PER_REQUEST_TOKEN_LIMIT;
    while (shown > 0 && estimateInput({ ...prompt, schema: SUMMARY_FORMAT }, model) > limit) {
      shown = Math.floor(shown / 2);
      prompt = summaryPrompt(result, asked, shown);
    }
    const request: LlmRequest = {
      ...prompt,
      scope: { ...userScopeOf(claim.principal), sessionId, dataSourceId },
      questionId: claim.id,
      purpose: 'summary',
      model,
      schema: SUMMARY_FORMAT,
      maxOutputTokens: MOST_OUTPUT_TOKENS,
      signal,
      // The asker waits for it, unlike for other work that is no answer.
      background: settings.background ?? false,
    };
    return { request, shown };
  }

  private async ask(run: QuestionRun, request: LlmRequest): Promise<string | undefined> {
    const { claim, progress, signal } = run;
    // How the limits stand was asked before this call.
    run.budget = undefined;
    try {
      const reply = await progress.time('modelMs', () => this.llm.complete(request));
      progress.addAttempt(reply, 'aside');
      return readSummary(reply.json);
    } catch (error) {
      const charge = chargeOf(error);
      if (charge) progress.addAttempt(charge, 'aside');
      // Cancelled, or its claim is lost: that ends the run, and not only its summary.
      if (signal.aborted) throw error;
      this.log.warn('A summary could not be had', { error, questionId: claim.id });
      return undefined;
    }
  }
}

/** What the summary may take its numbers from. */
function sourcesOf(question: string, { columns, rows, rowCount }: SummarisedResult, shown: number): string[] {
  const names = columns.map(({ name }) => name);
  return [question, String(rowCount), String(shown), ...names, ...rows.slice(0, shown)];
}
