import { Injectable } from '@nestjs/common';
import { Database } from '@memori/database';
import { NotFoundError } from '@memori/errors';
import { Budget, QuestionSpend, type Spend } from '@memori/llm';
import { isId, type Principal, userScopeOf } from '@memori/scope';
import { decodeCursor, ID_CURSOR, type Page, pageOf, type PageRequest, requireRole, Vault } from '@memori/security';
import { Sessions } from '@memori/session';
import { type AnswerHead, type AnswerUsage, type AskOutcome, hasEnded, NO_TIMINGS, NO_USAGE } from './answer';
import { openContext, openRows, openSummary } from './kept-rows';

import type { QuestionRow } from './question-record';
import { QueuePlaces } from './queue-places';
import { RunProgress } from './run-progress';
import { ServiceTime } from './service-time';

interface ReadRow extends QuestionRow {
  readonly runs_in_ms: number;
  readonly has_rows: boolean;
}

export interface ReadOptions {
  /** Marks the question as awaited by somebody besides its asker. */
  readonly follow?: boolean;
  readonly withRows?: boolean;
}

/** A question as it stands, with what a reader needs to go on. */
export interface QuestionView extends Omit<AskOutcome, 'replayed'> {
  readonly row: QuestionRow;
}

/** Reads questions as their owners see them. */
@Injectable()
export class QuestionReader {
  constructor(
    private readonly database: Database,
    private readonly sessions: Sessions,
    private readonly vault: Vault,
    private readonly spend: QuestionSpend,
    private readonly budget: Budget,
    private readonly serviceTime: ServiceTime,
    private readonly places: QueuePlaces,
  ) {}

  async view(principal: Principal, id: string, options: ReadOptions = {}): Promise<QuestionView> {
    const [row, spent] = await Promise.all([
      this.read(principal, id, options),
      this.spend.of(userScopeOf(principal), [id]),
    ]);
    const rows = row.rows_sealed ? openRows(this.vault, id, row.rows_sealed) : undefined;
    const answer = { ...(await this.answerOf(row, rows, spent.get(id))), ...this.summaryOf(row) };
    return { row, answer: row.answer ? answer : { ...answer, budget: await this.budgetFor(row) }, rows };
  }

  /** Whether a call for the question was sent and is not charged yet. */
  async hasOpenCall(principal: Principal, id: string): Promise<boolean> {
    const spent = await this.spend.of(userScopeOf(principal), [id]);
    return (spent.get(id)?.open ?? 0) > 0;
  }

  /** Without its rows. */
  row(principal: Principal, id: string): Promise<QuestionRow> {
    return this.read(principal, id, {});
  }

  /** The newest first, without rows. */
  async list(principal: Principal, sessionRef: string | undefined, page: PageRequest): Promise<Page<AnswerHead>> {
    requireRole(principal, 'reader');
    const before = page.cursor === undefined ? null : decodeCursor(page.cursor, ID_CURSOR);
    const sessionId = sessionRef === undefined ? null : (await this.sessions.get(principal, sessionRef)).id;
    const rows = await this.database.query<ReadRow>(
      userScopeOf(principal),
      `SELECT id, tenant_id, user_id, session_id, data_source_id, question, input, status, created_at, finished_at,
         answer, error, progress, rows_kept, rows_kept_until > clock_timestamp() AS has_rows, NULL AS rows_sealed,
         0 AS runs_in_ms
       FROM memori.questions
       WHERE tenant_id = $1 AND user_id = $2 AND ($3::uuid IS NULL OR session_id = $3) AND ($4::uuid IS NULL OR id < $4)
       ORDER BY id DESC LIMIT $5`,
      [principal.tenantId, principal.userId, sessionId, before, page.limit + 1],
    );
    const cut = pageOf(rows, page.limit, (row) => row.id);
    const ids = cut.items.map(({ id }) => id);
    const spent = await this.spend.of(userScopeOf(principal), ids);
    const items = await Promise.all(cut.items.map((row) => this.answerOf(row, undefined, spent.get(row.id))));
    return { ...cut, items };
  }

  /** What went into the prompt, and what did not; null when no prompt was made. */
  async context(principal: Principal, id: string): Promise<unknown> {
    requireRole(principal, 'reader');
    if (!isId(id)) throw new NotFoundError('question', id);
    const [row] = await this.database.query<{ context: Buffer | null }>(
      userScopeOf(principal),
      'SELECT context FROM memori.questions WHERE id = $1 AND tenant_id = $2 AND user_id = $3',
      [id, principal.tenantId, principal.userId],
    );
    if (!row) throw new NotFoundError('question', id);
    return row.context ? openContext(this.vault, id, row.context) : null;
  }

  private async read(
    principal: Principal,
    id: string,
    { follow = false, withRows = false }: ReadOptions,
  ): Promise<ReadRow> {
    requireRole(principal, 'reader');
    if (!isId(id)) throw new NotFoundError('question', id);
    const [row] = await this.database.call<ReadRow>(
      'SELECT (r.q).*, r.runs_in_ms, r.has_rows FROM memori.read_question($1, $2, $3, $4, $5) AS r',
      [principal.tenantId, principal.userId, id, follow, withRows],
    );
    if (!row) throw new NotFoundError('question', id);
    return row;
  }

  /** As long as the rows that it tells of. */
  private summaryOf({ id, rows_sealed, summary_sealed }: ReadRow): Pick<AnswerHead, 'summary'> {
    return rows_sealed && summary_sealed ? { summary: openSummary(this.vault, id, summary_sealed) } : {};
  }

  /** How the limits stand now, for an answer that was not there to be written down with them. */
  private budgetFor(row: QuestionRow): Promise<AnswerHead['budget']> {
    const { tenant_id: tenantId, user_id: userId, session_id: sessionId, data_source_id: dataSourceId } = row;
    return this.budget.standing({ tenantId, userId, sessionId, dataSourceId });
  }

  private async answerOf(
    row: ReadRow,
    rows: readonly string[] | undefined,
    spent: Spend | undefined,
  ): Promise<AnswerHead> {
    const answer = row.answer ?? unfinished(row);
    const hadRows = answer.columns !== undefined && (answer.rowCount ?? 0) > 0;
    return {
      ...answer,
      status: row.status,
      // The ledger knows of every call, also of one whose process died or that was aborted a moment ago.
      ...(spent && { usage: usageOf(spent) }),
      ...(row.error && { error: { ...row.error, questionId: row.id } }),
      ...(row.status === 'queued' && { queue: await this.placeOf(row) }),
      // What is shown may be less than what was answered: only the first rows are kept.
      ...(rows && rows.length < (answer.rowCount ?? 0) && { truncated: true }),
      ...(hasEnded(row.status) && hadRows && !row.has_rows && { rowsExpired: true }),
    };
  }

  private async placeOf({ id, runs_in_ms }: ReadRow) {
    const position = await this.places.placeOf(id);
    return { position, estimatedWaitMs: await this.serviceTime.estimateWaitMs(position, runs_in_ms) };
  }
}

function usageOf({ open: _, ...usage }: Spend): AnswerUsage {
  return usage;
}

/** Of a question that has no answer: it waits, runs, was cancelled, or was ended by the sweeper. */
function unfinished(row: QuestionRow): AnswerHead {
  const finished = row.finished_at;
  return {
    id: row.id,
    sessionId: row.session_id,
    dataSourceId: row.data_source_id,
    status: row.status,
    question: row.question,
    memories: [],
    usage: row.progress ? new RunProgress(row.progress, 0).usageOf() : NO_USAGE,
    budget: [],
    timings: finished
      ? { ...NO_TIMINGS, totalMs: Math.max(0, finished.getTime() - row.created_at.getTime()) }
      : NO_TIMINGS,
    createdAt: row.created_at.toISOString(),
    ...(finished && { finishedAt: finished.toISOString() }),
  };
}
