import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Env } from '@memori/config';
import { Database, type Tx } from '@memori/database';
import {
  type BackgroundConsumer,
  BackgroundConsumers,
  BackgroundLlm,
  type BackgroundReply,
  estimateInput,
  estimateTokens,
} from '@memori/llm';
import { Metrics } from '@memori/monitoring';
import type { UserScope } from '@memori/scope';
import { type FactLine, type LineRoom, turnLines } from '../facts/fact-lines';
import { FactRepository, type SessionPlace } from '../facts/fact.repository';
import { MemoryRepository } from '../memory.repository';
import {
  EMPTY_SUMMARY_PROMPT,
  readSummary,
  type Summary,
  summaryRequest,
  type SummaryReference,
} from './summary-request';

/** The last turns stand in prompts as they were said. The same number stands in `sessions_to_summarise`. */
const LAST_TURNS = 8;
const SAFE_SHARE = 0.9;
/** Characters of a turn that a summary looks at: what is longer says it at its beginning. */
const MOST_TURN = 1500;
const TURNS_AT_ONCE = 200;

/** A summary as its owner sees it. */
export interface SessionSummary extends Summary {
  readonly sessionId: string;
  readonly updatedAt: string;
}

/**
 * Sums up the older turns of long sessions, by the cheap model and in the background: each new summary is made of the one
 * before and the turns since, and takes its place.
 */
@Injectable()
export class SessionSummaries implements BackgroundConsumer, OnModuleInit {
  readonly purpose = 'summary';

  constructor(
    private readonly database: Database,
    private readonly background: BackgroundLlm,
    private readonly consumers: BackgroundConsumers,
    private readonly turns: FactRepository,
    private readonly memories: MemoryRepository,
    private readonly metrics: Metrics,
    private readonly env: Env,
  ) {}

  onModuleInit(): void {
    this.consumers.register(this);
  }

  due(quietMs: number, most: number): Promise<SessionPlace[]> {
    return this.database.call<SessionPlace>(
      `SELECT id, tenant_id AS "tenantId", user_id AS "userId" FROM memori.sessions_to_summarise($1, $2)`,
      [quietMs, most],
    );
  }

  /** Undefined: nothing was summed up yet. */
  async find(scope: UserScope, sessionId: string): Promise<SessionSummary | undefined> {
    const [row] = await this.database.query<Omit<SessionSummary, 'updatedAt'> & { updatedAt: Date }>(
      scopeOf(scope),
      READ,
      [scope.tenantId, scope.userId, sessionId],
    );
    return row && { ...row, updatedAt: row.updatedAt.toISOString() };
  }

  /** Hands the turns that no summary tells of to the model, as many as one request takes. */
  async summarise(place: SessionPlace): Promise<void> {
    await this.database.transaction(scopeOf(place), async (tx) => {
      const [session] = await tx.query<{ last_seq: number; time_zone: string }>(
        `SELECT s.last_seq, t.time_zone FROM memori.sessions s JOIN memori.tenants t ON t.id = s.tenant_id
         WHERE s.tenant_id = $1 AND s.user_id = $2 AND s.id = $3 AND NOT s.isolated FOR NO KEY UPDATE OF s SKIP LOCKED`,
        [place.tenantId, place.userId, place.id],
      );
      if (!session) return;
      const [before] = await tx.query<Summary & Record<string, unknown>>(READ, [
        place.tenantId,
        place.userId,
        place.id,
      ]);
      const chosen = await this.choose(tx, place, session, before);
      if (!chosen) return;
      const scope = { ...scopeOf(place), sessionId: place.id };
      await this.background.submit(tx, summaryRequest(scope, session.time_zone, before, chosen.lines, chosen.uptoSeq));
      await tx.query('UPDATE memori.sessions SET summary_seq = $4 WHERE tenant_id = $1 AND user_id = $2 AND id = $3', [
        place.tenantId,
        place.userId,
        place.id,
        chosen.uptoSeq,
      ]);
    });
  }

  async take(tx: Tx, { scope, reference, json }: BackgroundReply): Promise<void> {
    const asked = reference as SummaryReference;
    const summary = readSummary(json, asked);
    await this.memories.holdSession(tx, scope, asked.sessionId);
    // One that tells of more is there already: this one is late. Or the session is gone.
    const written = await tx.query(
      `INSERT INTO memori.session_summaries AS y (session_id, tenant_id, user_id, content, upto_seq, turn_ids)
       SELECT s.id, $1, $2, $4, $5, $6 FROM memori.sessions s WHERE s.tenant_id = $1 AND s.user_id = $2 AND s.id = $3
       ON CONFLICT (session_id) DO UPDATE SET content = excluded.content, upto_seq = excluded.upto_seq,
         turn_ids = excluded.turn_ids, updated_at = clock_timestamp()
       WHERE y.upto_seq < excluded.upto_seq RETURNING session_id`,
      [scope.tenantId, scope.userId, asked.sessionId, summary.content, summary.uptoSeq, summary.turnIds],
    );
    this.metrics.sessionSummarised(written.length > 0 ? 'kept' : 'late');
  }

  private async choose(
    tx: Tx,
    place: SessionPlace,
    session: { readonly last_seq: number; readonly time_zone: string },
    before: Summary | undefined,
  ): Promise<{ lines: FactLine[]; uptoSeq: number } | undefined> {
    const model = this.env.MEMORI_CLAUDE_FAST_MODEL;
    const tokensOf = (text: string) => estimateTokens(text, model);
    const used =
      estimateInput(EMPTY_SUMMARY_PROMPT, model) + (before ? tokensOf(before.content) + 40 * before.turnIds.length : 0);
    const tokens = Math.max(500, this.env.MEMORI_PER_REQUEST_TOKEN_LIMIT * SAFE_SHARE - used);
    const room: LineRoom = { tokensOf, tokens, lines: TURNS_AT_ONCE };
    const lines: FactLine[] = [];
    let [uptoSeq, left] = [0, tokens];
    for (const turn of await this.turns.turnsAfter(tx, place, before?.uptoSeq ?? 0, TURNS_AT_ONCE)) {
      if (turn.seq > session.last_seq - LAST_TURNS) break;
      const short = { ...turn, content: turn.content.slice(0, MOST_TURN), sql: turn.sql?.slice(0, MOST_TURN) ?? null };
      const [line] = turnLines(short, session.time_zone, room);
      if (!line || (lines.length > 0 && line.tokens > left)) break;
      lines.push(line);
      left -= line.tokens;
      uptoSeq = turn.seq;
    }
    return lines.length > 0 ? { lines, uptoSeq } : undefined;
  }
}

const READ = `SELECT session_id AS "sessionId", content, upto_seq AS "uptoSeq", turn_ids AS "turnIds", updated_at AS "updatedAt"
  FROM memori.session_summaries WHERE tenant_id = $1 AND user_id = $2 AND session_id = $3`;

function scopeOf({ tenantId, userId }: UserScope): UserScope {
  return { tenantId, userId };
}
