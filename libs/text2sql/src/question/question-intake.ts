import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { Database, type Tx } from '@memori/database';
import { DomainError, InvalidRequestError } from '@memori/errors';
import { modelNotAllowed, Prices } from '@memori/llm';
import { dataSourceNamespace, isId, newId, type Principal, userScopeOf } from '@memori/scope';
import { Audit } from '@memori/security';
import { type SessionRecord, Sessions } from '@memori/session';
import type { DataSourceRecord } from '../data-source/data-source.record';
import { DataSources } from '../data-source/data-sources';
import { type AskInput, maxRowsOf } from './ask-input';
import { IdempotencyKeys } from './idempotency-keys';
import { queueFullError } from './question-errors';
import { type Begun, QuestionLine } from './question-line';
import { QuestionReader } from './question-reader';
import type { QuestionRow, QuestionSettings, RepliedTo } from './question-record';

/** What was written for a question, and what is known from writing it. */
export interface Intake {
  readonly id: string;
  readonly begun: Begun;
  readonly session: SessionRecord;
  readonly dataSource: DataSourceRecord;
  /** Local monotonic time when the claim was asked for. */
  readonly claimedAt: number;
}

/** A question as it would be asked. */
export interface LookedUp {
  readonly question: string;
  readonly dataSource: DataSourceRecord;
  readonly session: SessionRecord;
  readonly settings: QuestionSettings;
}

interface Asked {
  readonly question: string;
  readonly dataSource: DataSourceRecord;
  readonly sessionRef: string | undefined;
  readonly repliedTo: RepliedTo | undefined;
}

/** Thrown out of the transaction: the key belongs to another question, so nothing of this one is written. */
export class KeyTakenError extends Error {}

/** Takes a question in: everything is looked up and resolved first, then written in one transaction. */
@Injectable()
export class QuestionIntake {
  constructor(
    private readonly database: Database,
    private readonly dataSources: DataSources,
    private readonly sessions: Sessions,
    private readonly reader: QuestionReader,
    private readonly line: QuestionLine,
    private readonly keys: IdempotencyKeys,
    private readonly prices: Prices,
    private readonly audit: Audit,
    private readonly env: Env,
  ) {}

  async take(
    principal: Principal,
    input: AskInput,
    options: {
      readonly mayRun: boolean;
      readonly requestId?: string;
      readonly key?: { text: string; bodyHash: Buffer };
      readonly background?: boolean;
      readonly streams?: boolean;
    },
  ): Promise<Intake> {
    this.refuseUnknownModel(input.model);
    const asked = input.replyTo
      ? await this.reply(principal, input, input.replyTo)
      : await this.fresh(principal, input);
    const id = newId();
    const scope = userScopeOf(principal);
    const claimedAt = performance.now();
    return this.database.transaction(scope, async (tx) => {
      const { key } = options;
      if (key && !(await this.keys.take(tx, scope, key.text, key.bodyHash, id))) throw new KeyTakenError();
      const namespace = input.namespace ?? dataSourceNamespace(asked.dataSource.id);
      const [session, tenant] = await Promise.all([
        this.sessions.resume(tx, principal, asked.sessionRef, { namespace }),
        this.tenantDefaults(tx, principal),
      ]);
      if (input.namespace != null && session.namespace !== input.namespace) throw otherNamespace(session.namespace);
      const settings = {
        ...this.settings(input, asked, session, tenant),
        ...(options.background && { background: true }),
        ...(options.streams && { streams: true }),
      };
      const { question, dataSource } = asked;
      const asking = {
        id,
        principal,
        requestId: options.requestId,
        sessionId: session.id,
        dataSourceId: dataSource.id,
        question,
        settings,
      };
      // Sent together: what was recorded of a question that the full line refuses is rolled back with it.
      const [begun] = await Promise.all([
        this.line.begin(tx, asking, options.mayRun),
        this.audit.record(tx, {
          principal,
          action: 'question.ask',
          subjectType: 'question',
          subjectId: id,
          requestId: options.requestId,
          details: { dataSourceId: dataSource.id, sessionId: session.id },
        }),
      ]);
      if (begun.outcome === 'full') throw queueFullError(this.env.MEMORI_QUEUE_MAX_WAITING);
      return { id, begun, session, dataSource, claimedAt };
    });
  }

  /** The question that would be written, looked up and resolved; nothing is. An `ext:…` session that is unknown stays so. */
  async look(principal: Principal, input: AskInput): Promise<LookedUp> {
    this.refuseUnknownModel(input.model);
    const asked = input.replyTo
      ? await this.reply(principal, input, input.replyTo)
      : await this.fresh(principal, input);
    const namespace = input.namespace ?? dataSourceNamespace(asked.dataSource.id);
    const [session, tenant] = await Promise.all([
      this.findSession(principal, asked.sessionRef, namespace),
      this.database.transaction(userScopeOf(principal), (tx) => this.tenantDefaults(tx, principal)),
    ]);
    if (input.namespace != null && session.namespace !== input.namespace) throw otherNamespace(session.namespace);
    const { question, dataSource } = asked;
    return { question, dataSource, session, settings: this.settings(input, asked, session, tenant) };
  }

  private async findSession(principal: Principal, ref: string | undefined, namespace: string): Promise<SessionRecord> {
    try {
      if (ref !== undefined) return await this.sessions.get(principal, ref);
    } catch (error) {
      if (ref === undefined || isId(ref) || !(error instanceof DomainError && error.code === 'not-found')) throw error;
    }
    return unopenedSession(principal, namespace, this.env.MEMORI_SESSION_TTL_SECONDS);
  }

  private async fresh(principal: Principal, input: AskInput): Promise<Asked> {
    const dataSource = await this.dataSources.resolve(principal, input.dataSourceId ?? undefined);
    return {
      question: input.question ?? '',
      dataSource,
      sessionRef: input.sessionId ?? undefined,
      repliedTo: undefined,
    };
  }

  /** The answer to a clarification stays in its session and with its data source. */
  private async reply(principal: Principal, input: AskInput, replyTo: string): Promise<Asked> {
    const row = await this.reader.row(principal, replyTo);
    const clarification = row.answer?.clarification;
    if (row.status !== 'clarification' || !clarification)
      throw wrong('/replyTo', 'must be the id of a question that was answered with a clarification');
    const question = input.option == null ? input.question : clarification.options[input.option];
    if (question == null)
      throw wrong('/option', `must be 0 to ${clarification.options.length - 1}: so many options were offered`);
    const dataSource = await this.dataSources.resolve(principal, input.dataSourceId ?? row.data_source_id);
    if (dataSource.id !== row.data_source_id)
      throw wrong('/dataSourceId', 'must be the data source of the question that is replied to');
    const repliedTo = { questionId: row.id, question: firstQuestion(row), clarification: clarification.question };
    return { question, dataSource, sessionRef: input.sessionId ?? row.session_id, repliedTo };
  }

  private settings(
    input: AskInput,
    { dataSource, repliedTo }: Asked,
    session: SessionRecord,
    tenant: { timeZone: string | undefined; language: string | undefined },
  ): QuestionSettings {
    const language = input.language ?? tenant.language ?? this.env.MEMORI_DEFAULT_LANGUAGE;
    return {
      namespace: session.namespace,
      execute: input.execute ?? true,
      dryRun: input.dryRun ?? false,
      maxRows: maxRowsOf(input, this.env.MEMORI_MAX_ROWS),
      timeZone: input.timeZone ?? dataSource.timeZone ?? tenant.timeZone ?? this.env.MEMORI_DEFAULT_TIMEZONE,
      ...(input.summarize && { summarize: true }),
      ...(input.model != null && { model: input.model }),
      ...(language != null && { language }),
      ...(repliedTo && { repliedTo }),
    };
  }

  /** 'UTC' is what every tenant begins with: it says nothing that the configuration could not say better. */
  private async tenantDefaults(tx: Tx, principal: Principal) {
    const [row] = await tx.query<{ time_zone: string; language: string | null }>(
      'SELECT time_zone, language FROM memori.tenants WHERE id = $1',
      [principal.tenantId],
    );
    const timeZone = row && row.time_zone !== 'UTC' ? row.time_zone : undefined;
    return { timeZone, language: row?.language ?? undefined };
  }

  private refuseUnknownModel(model: string | null | undefined): void {
    const table = this.prices.current;
    if (model != null && !table.find(model)) throw modelNotAllowed(model, table.modelIds);
  }
}

/** The session that the question would open. */
function unopenedSession({ tenantId, userId }: Principal, namespace: string, ttlSeconds: number): SessionRecord {
  const now = new Date(0).toISOString();
  return {
    id: newId(),
    tenantId,
    userId,
    externalId: null,
    namespace,
    title: null,
    isolated: false,
    ttlSeconds,
    createdAt: now,
    lastActiveAt: now,
    expiresAt: now,
    archivedAt: null,
    version: 0,
  };
}

/** Through a chain of clarifications, the question that began it. */
function firstQuestion(row: QuestionRow): string {
  const before = row.input.repliedTo?.question;
  return before === undefined ? row.question : `${before} — ${row.question}`;
}

function otherNamespace(actual: string): InvalidRequestError {
  return wrong('/namespace', `is not that of the session, which is "${actual}" and never changes`);
}

function wrong(pointer: string, message: string): InvalidRequestError {
  return new InvalidRequestError(`"${pointer.slice(1)}" ${message}.`, [{ pointer, message }]);
}
