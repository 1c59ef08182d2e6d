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
import { newId, type UserScope } from '@memori/scope';
import { indexTokens } from '@memori/text';
import { fingerprintOf } from '../facts/fact-key';
import { type LineRoom, momentText, quoted, turnLines } from '../facts/fact-lines';
import { FactRepository } from '../facts/fact.repository';
import { MemoryRepository } from '../memory.repository';
import {
  EMPTY_EPISODE_PROMPT,
  type Episode,
  episodeRequest,
  type EpisodeReference,
  readEpisodes,
} from './episode-request';

/** A session in which nobody did anything for so long is an episode of the past, … */
const IDLE_DAYS = 30;
/** … and so many of one namespace make a summary of several worth a call. */
const LEAST_SESSIONS = 3;
const MOST_SESSIONS = 20;
const NAMESPACES_AT_ONCE = 50;
const SAFE_SHARE = 0.9;
const MOST_TURN = 600;
const TURNS_OF_ONE = 60;
const IMPORTANCE = 0.5;

interface OldSession {
  readonly id: string;
  readonly title: string | null;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly timeZone: string;
  readonly summary: string | null;
  readonly summaryTurnIds: string[] | null;
  readonly uptoSeq: number | null;
}

/**
 * Consolidates old episodes: sessions that lie long behind are summed up together, into one memory that goes back to their
 * turns. Each session is told of once; when one of them is forgotten, the summary goes too and the others are summed up anew.
 */
@Injectable()
export class Episodes implements BackgroundConsumer, OnModuleInit {
  readonly purpose = 'episodes';

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

  /** Everything that is due now, one request a namespace. */
  async round(): Promise<void> {
    if (!this.background.isOn) return;
    const due = await this.database.call<UserScope & { namespace: string }>(
      `SELECT tenant_id AS "tenantId", user_id AS "userId", namespace FROM memori.episodes_to_consolidate($1, $2, $3)`,
      [IDLE_DAYS, LEAST_SESSIONS, NAMESPACES_AT_ONCE],
    );
    for (const { namespace, ...scope } of due) await this.consolidate(scope, namespace);
  }

  async take(tx: Tx, { scope, reference, json }: BackgroundReply): Promise<void> {
    const { namespace, sessionIds, turnIds } = reference as EpisodeReference;
    const read = readEpisodes(json, turnIds);
    const place = { tenantId: scope.tenantId, userId: scope.userId };
    // The sessions' locks come before the namespace's, as in every other transaction.
    const held = await tx.query<{ id: string }>(
      `SELECT id FROM memori.sessions WHERE tenant_id = $1 AND user_id = $2 AND id = ANY ($3) AND consolidated_at IS NULL
       ORDER BY id FOR NO KEY UPDATE`,
      [place.tenantId, place.userId, sessionIds],
    );
    if (held.length < sessionIds.length) return this.metrics.episodesConsolidated('gone', sessionIds.length);
    const version = await this.memories.touch(tx, place.tenantId, { userId: place.userId, namespace }, false);
    const trust = await this.memories.trustOfTurns(tx, place, turnIds);
    const id = newId();
    await this.keep(tx, place, { id, namespace, version, trust, ...read, sent: turnIds });
    await tx.query(
      `UPDATE memori.sessions SET consolidated_in = $4, consolidated_at = clock_timestamp()
       WHERE tenant_id = $1 AND user_id = $2 AND id = ANY ($3)`,
      [place.tenantId, place.userId, sessionIds, id],
    );
    this.metrics.episodesConsolidated('kept', sessionIds.length);
  }

  private async consolidate(scope: UserScope, namespace: string): Promise<void> {
    const { tenantId, userId } = scope;
    await this.database.transaction({ tenantId, userId }, async (tx) => {
      const sessions = await tx.query<OldSession & Record<string, unknown>>(OLD_SESSIONS, [
        ...[tenantId, userId, namespace, IDLE_DAYS, MOST_SESSIONS],
      ]);
      if (sessions.length < LEAST_SESSIONS) return;
      const episodes = await this.episodesOf(tx, scope, sessions);
      const timeZone = sessions[0]?.timeZone ?? 'UTC';
      await this.background.submit(tx, episodeRequest({ tenantId, userId }, namespace, timeZone, episodes));
    });
  }

  /** Each gets the same share of the room: its summary, and as many of its turns as fit beside it. */
  private async episodesOf(tx: Tx, scope: UserScope, sessions: readonly OldSession[]): Promise<Episode[]> {
    const model = this.env.MEMORI_CLAUDE_FAST_MODEL;
    const tokensOf = (text: string) => estimateTokens(text, model) + 1;
    const room = this.env.MEMORI_PER_REQUEST_TOKEN_LIMIT * SAFE_SHARE - estimateInput(EMPTY_EPISODE_PROMPT, model);
    const share = room / sessions.length;
    const episodes: Episode[] = [];
    for (const session of sessions) {
      const { id, title, firstAt, lastAt, timeZone, summary, summaryTurnIds, uptoSeq } = session;
      const head = `conversation from ${momentText(firstAt, timeZone)} to ${momentText(lastAt, timeZone)}${title ? `: ${quoted(title)}` : ''}`;
      const lines = [head];
      const turnIds: string[] = [];
      if (summary !== null) {
        const ids = (summaryTurnIds ?? []).slice(0, 5);
        lines.push(`summary of ${ids.join(', ')} | ${quoted(summary.slice(0, 1500))}`);
        turnIds.push(...ids);
      }
      let left = share - lines.reduce((sum, line) => sum + tokensOf(line), 0);
      const lineRoom: LineRoom = { tokensOf, tokens: share, lines: TURNS_OF_ONE };
      for (const turn of await this.turns.turnsAfter(tx, { ...scope, id }, uptoSeq ?? 0, TURNS_OF_ONE)) {
        const short = {
          ...turn,
          content: turn.content.slice(0, MOST_TURN),
          sql: turn.sql?.slice(0, MOST_TURN) ?? null,
        };
        const [line] = turnLines(short, timeZone, lineRoom);
        if (!line || (turnIds.length > 0 && line.tokens > left)) break;
        left -= line.tokens;
        lines.push(line.text);
        turnIds.push(turn.id);
      }
      episodes.push({ sessionId: id, lines, turnIds });
    }
    return episodes;
  }

  private async keep(
    tx: Tx,
    { tenantId, userId }: UserScope,
    summary: {
      readonly id: string;
      readonly namespace: string;
      readonly version: string;
      readonly trust: number;
      readonly content: string;
      readonly turnIds: readonly string[];
      readonly sent: readonly string[];
    },
  ): Promise<void> {
    const { id, namespace, version, trust, content, turnIds, sent } = summary;
    await tx.query(
      `WITH said AS (
         SELECT max(occurred_at) AS at FROM memori.turns WHERE tenant_id = $1 AND user_id = $2 AND id = ANY ($10)
       ), kept AS (
         INSERT INTO memori.memories (id, tenant_id, user_id, scope, namespace, origin, category, content, importance, trust,
           source_turn_ids, valid_from, said_at, terms, fingerprint, created_by, scope_version)
         SELECT $3, $1, $2, 'user', $4, 'consolidated', 'fact', $5, $6, $7, $8, said.at, said.at, $9, $11, $2, $12::bigint FROM said
         RETURNING *
       )
       INSERT INTO memori.memory_history (memory_id, version, tenant_id, user_id, category, content, importance, valid_from,
         valid_to, changed_by)
       SELECT id, 1, tenant_id, user_id, category, content, importance, valid_from, valid_to, 'memori' FROM kept`,
      [
        ...[tenantId, userId, id, namespace, content, IMPORTANCE, trust, turnIds],
        ...[indexTokens(content).join(' '), sent, fingerprintOf(content), version],
      ],
    );
  }
}

/** The oldest first. Another process that is at one of them is not waited for. */
const OLD_SESSIONS = `SELECT s.id, s.title, s.created_at AS "firstAt", s.last_active_at AS "lastAt", t.time_zone AS "timeZone",
    y.content AS summary, y.turn_ids AS "summaryTurnIds", y.upto_seq AS "uptoSeq"
  FROM memori.sessions s JOIN memori.tenants t ON t.id = s.tenant_id
  LEFT JOIN memori.session_summaries y ON y.session_id = s.id
  WHERE s.tenant_id = $1 AND s.user_id = $2 AND s.namespace = $3 AND s.consolidated_at IS NULL AND NOT s.isolated
    AND s.last_seq > 0 AND s.last_active_at <= clock_timestamp() - make_interval(days => $4::integer)
  ORDER BY s.last_active_at, s.id LIMIT $5 FOR NO KEY UPDATE OF s SKIP LOCKED`;
