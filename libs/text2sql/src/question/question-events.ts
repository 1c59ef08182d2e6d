import { Injectable } from '@nestjs/common';
import { Database } from '@memori/database';
import { type Principal, userScopeOf } from '@memori/scope';
import { Vault } from '@memori/security';
import type { AnswerHead } from './answer';
import { openRows } from './kept-rows';
import { QuestionReader } from './question-reader';
import { QuestionSignals, QuestionWatch } from './question-signals';

export const QUESTION_EVENT_TYPES = ['status', 'delta', 'sql', 'rows', 'done', 'error'] as const;

/** One event of a question. `data` is JSON text, so that rows travel as they are. */
export interface QuestionEvent {
  /** Counts per question, from 1; a stream can be resumed after any of them. */
  readonly id: number;
  readonly type: (typeof QUESTION_EVENT_TYPES)[number];
  readonly data: string;
}

interface EventRow {
  readonly id: number;
  readonly type: QuestionEvent['type'];
  readonly data: { offset?: number } | null;
}

/** The end of a question, read once for the events that speak of it. */
interface End {
  readonly answer: AnswerHead;
  readonly rows: readonly string[] | undefined;
}

const ROWS_PER_EVENT = 200;
/** Events that tell of the end, whose data is read from the question itself. */
const ENDINGS: readonly string[] = ['rows', 'done', 'error'];
/** A slow look at the table, should a notification be lost. */
const LOOK_AGAIN_MS = 2000;

/** The durable events of a question, from any point, until it has ended. */
@Injectable()
export class QuestionEvents {
  constructor(
    private readonly database: Database,
    private readonly reader: QuestionReader,
    private readonly signals: QuestionSignals,
    private readonly vault: Vault,
  ) {}

  async *follow(
    principal: Principal,
    id: string,
    afterId: number,
    signal?: AbortSignal,
  ): AsyncGenerator<QuestionEvent> {
    const watch = new QuestionWatch(this.signals, id);
    let last = afterId;
    try {
      while (!signal?.aborted) {
        const { events, hasEnded } = await this.after(principal, id, last);
        for await (const event of this.filled(principal, id, events)) yield event;
        last = events.at(-1)?.id ?? last;
        if (events.length > 0) continue;
        // Nothing more will come: the caller had the last event already.
        if (hasEnded) return;
        await watch.next(LOOK_AGAIN_MS, signal);
      }
    } finally {
      watch.close();
    }
  }

  private async *filled(principal: Principal, id: string, rows: readonly EventRow[]): AsyncGenerator<QuestionEvent> {
    let end: End | undefined;
    for (const row of rows) {
      if (ENDINGS.includes(row.type)) end ??= await this.endOf(principal, id);
      const event = eventOf(row, end);
      if (event) yield event;
    }
  }

  /** Events and state in one look, so that an end is never seen without its event. */
  private async after(
    principal: Principal,
    id: string,
    last: number,
  ): Promise<{ events: EventRow[]; hasEnded: boolean }> {
    const rows = await this.database.query<{
      ended: boolean;
      id: number | null;
      type: EventRow['type'];
      data: EventRow['data'];
    }>(
      userScopeOf(principal),
      `SELECT q.status NOT IN ('queued', 'running') AS ended, e.id, e.type, e.data
       FROM memori.questions q LEFT JOIN memori.question_events e ON e.question_id = q.id AND e.id > $2
       WHERE q.id = $1 AND q.tenant_id = $3 AND q.user_id = $4 ORDER BY e.id LIMIT 200`,
      [id, last, principal.tenantId, principal.userId],
    );
    const events = rows.filter((row): row is EventRow & { ended: boolean } => row.id !== null);
    // A question that is gone has ended as well.
    return { events, hasEnded: rows[0]?.ended ?? true };
  }

  private async endOf(principal: Principal, id: string): Promise<End> {
    const { row, answer } = await this.reader.view(principal, id, { withRows: true });
    return { answer, rows: row.rows_sealed ? openRows(this.vault, id, row.rows_sealed) : undefined };
  }
}

function eventOf({ id, type, data }: EventRow, end: End | undefined): QuestionEvent | undefined {
  if (type === 'done') return { id, type, data: JSON.stringify(end?.answer) };
  // An error with words of its own ended an earlier life of the question, which was taken up again since.
  if (type === 'error') return { id, type, data: JSON.stringify(data ?? end?.answer.error) };
  if (type !== 'rows') return { id, type, data: JSON.stringify(data) };
  if (!end?.rows) return undefined;
  const offset = data?.offset ?? 0;
  const rows = end.rows.slice(offset, offset + ROWS_PER_EVENT);
  const columns = JSON.stringify(end.answer.columns ?? []);
  return { id, type, data: `{"columns":${columns},"rows":[${rows.join(',')}],"offset":${offset}}` };
}
