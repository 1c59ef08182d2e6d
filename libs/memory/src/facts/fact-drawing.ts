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
import { isId, type UserScope } from '@memori/scope';
import { MemoryRepository } from '../memory.repository';
import { type Correction, correctionLine, type LineRoom, requestsOf, type SourceTurn, turnLines } from './fact-lines';
import { readFacts } from './fact-reply';
import { EMPTY_FACT_PROMPT, factContext, type FactReference, factRequest } from './fact-request';
import { FactRepository, type SessionPlace, type UndrawnSession } from './fact.repository';
import { type DrawnFact, type Outcome, reconcile } from './reconcile';

/** Of the room that one request has: texts counted apart are not quite the text counted whole. */
const SAFE_SHARE = 0.9;
/** Of it, what is said before and known already may take. */
const CONTEXT_SHARE = 0.25;
const TURNS_AT_ONCE = 200;
const LINES_AT_ONCE = 25;
const EARLIER_TURNS = 6;
const EARLIER_CHARACTERS = 300;
const KNOWN_FACTS = 30;
/** A reply that names no turn that it was sent is asked for again, so often at most. */
const MOST_ROUNDS = 3;

/**
 * Draws facts from what was said, by the cheap model and in the background. What a turn taught is written once: the
 * session knows how far it was looked at, in the transaction that submits the request, and the reply is taken under the
 * lock of its namespace. A request that fails waits, is tried again and stands among the jobs at last.
 */
@Injectable()
export class FactDrawing implements BackgroundConsumer, OnModuleInit {
  readonly purpose = 'facts';

  constructor(
    private readonly database: Database,
    private readonly background: BackgroundLlm,
    private readonly consumers: BackgroundConsumers,
    private readonly repository: FactRepository,
    private readonly memories: MemoryRepository,
    private readonly metrics: Metrics,
    private readonly env: Env,
  ) {}

  onModuleInit(): void {
    this.consumers.register(this);
  }

  /** False while nothing would be sent: then nothing counts as looked at either. */
  get isOn(): boolean {
    return this.background.isOn;
  }

  /** Hands the turns of a session that are new to the model. True: there may be more of them. */
  async draw(place: SessionPlace): Promise<boolean> {
    return this.database.transaction(scopeOf(place), async (tx) => {
      const session = await this.repository.lockUndrawn(tx, place);
      if (!session) return false;
      const corrections = await this.repository.takeCorrections(tx, place);
      if (session.isolated || !session.draws) {
        await this.repository.noteDrawn(tx, place, null);
        return false;
      }
      const turns = await this.repository.turnsAfter(tx, place, session.drawnSeq, TURNS_AT_ONCE);
      await this.submit(tx, place, session, turns, corrections);
      await this.repository.noteDrawn(tx, place, turns.at(-1)?.seq ?? session.drawnSeq);
      return turns.length === TURNS_AT_ONCE;
    });
  }

  async take(tx: Tx, { scope, reference, json }: BackgroundReply): Promise<void> {
    const asked = reference as FactReference;
    const place = { tenantId: scope.tenantId, userId: scope.userId, id: asked.sessionId };
    // The session's lock comes before the namespace's, as in every other transaction.
    await this.memories.holdSession(tx, place, place.id);
    const sent = await this.repository.sentTurns(tx, place, asked.turnIds);
    // Forgotten meanwhile.
    if (sent.size === 0) return;
    for (const [id, at] of Object.entries(asked.corrected ?? {})) {
      const turn = sent.get(id);
      if (turn) sent.set(id, { ...turn, saidAt: new Date(at) });
    }
    const { facts, rejected } = readFacts(json, sent, await this.repository.recalledIn(tx, place));
    for (const reason of rejected) this.metrics.factDrawn(reason);
    const isMisnamed =
      facts.length === 0 &&
      rejected.length > 0 &&
      rejected.every((reason) => reason === 'unknown-turn' || reason === 'unreadable');
    if (isMisnamed) return this.askAgain(tx, scope, asked);
    if (facts.length > 0) await this.keep(tx, place, await this.namespaceOf(tx, place), facts);
  }

  private async submit(
    tx: Tx,
    place: SessionPlace,
    session: UndrawnSession,
    turns: readonly SourceTurn[],
    corrections: readonly Correction[],
  ): Promise<void> {
    const { timeZone, namespace } = session;
    const model = this.env.MEMORI_CLAUDE_FAST_MODEL;
    const room = this.env.MEMORI_PER_REQUEST_TOKEN_LIMIT * SAFE_SHARE - estimateInput(EMPTY_FACT_PROMPT, model);
    const tokensOf = (text: string) => estimateTokens(text, model);
    const lineRoom: LineRoom = { tokensOf, tokens: room * (1 - CONTEXT_SHARE), lines: LINES_AT_ONCE };
    const lines = [
      ...turns.filter(isSpoken).flatMap((turn) => turnLines(turn, timeZone, lineRoom)),
      ...corrections.map((correction) => correctionLine(correction, timeZone, lineRoom)),
    ];
    if (lines.length === 0) return;
    const known = await this.repository.latest(tx, place, namespace, KNOWN_FACTS);
    const before = await this.repository.turnsUpTo(tx, place, session.drawnSeq, EARLIER_TURNS);
    const corrected = Object.fromEntries(corrections.map(({ turnId, saidAt }) => [turnId, saidAt.toISOString()]));
    const scope = { ...scopeOf(place), sessionId: place.id, ...dataSourceOf(namespace) };
    let earlier = before.map(earlierLine);
    for (const chunk of requestsOf(lines, lineRoom)) {
      const context = contextWithin(room * CONTEXT_SHARE, tokensOf, timeZone, earlier, known);
      await this.background.submit(tx, factRequest({ scope, lines: chunk, context, corrected, round: 1 }));
      earlier = earlierOf(turns, chunk.at(-1)?.turnId);
    }
  }

  /** Under the lock of the namespace: two replies about one user's namespace are taken one after the other. */
  private async keep(tx: Tx, place: SessionPlace, namespace: string, facts: readonly DrawnFact[]): Promise<void> {
    const where = { userId: place.userId, namespace };
    let version = await this.memories.touch(tx, place.tenantId, where, false);
    const known = await this.repository.known(
      tx,
      place,
      namespace,
      facts.map(({ key }) => key),
      facts.map(({ fingerprint }) => fingerprint),
    );
    const outcomes = reconcile(facts, known);
    const inserts = outcomes.filter((outcome) => outcome.kind === 'insert');
    const supports = outcomes.filter((outcome) => outcome.kind === 'support');
    const closing = inserts.filter(({ closes }) => closes !== null);
    // A copy in memory only learns of additions by itself; for a change it is built anew.
    if (supports.length + closing.length > 0) version = await this.memories.touch(tx, place.tenantId, where, true);
    const kept = await this.repository.keep(tx, place, namespace, inserts, version);
    const closings = closing.flatMap(({ fact, closes, validFrom }) =>
      closes !== null && kept.has(fact.id) ? [{ id: closes, validTo: validFrom, supersededBy: fact.id }] : [],
    );
    await this.repository.close(tx, place, namespace, closings, version);
    await this.repository.support(
      tx,
      place,
      supports.map(({ of, fact }) => ({ of, turnIds: fact.turnIds, trust: fact.trust })),
      version,
    );
    for (const outcome of outcomes) this.metrics.factDrawn(nameOf(outcome));
  }

  /** A reply about turns that nobody sent, or that nobody can read, is a failure of the model, and no empty success. */
  private async askAgain(tx: Tx, scope: BackgroundReply['scope'], asked: FactReference): Promise<void> {
    const { sessionId, lines, context, corrected, round } = asked;
    if (round >= MOST_ROUNDS)
      throw new Error(
        'The model gave no fact that can be read, or turns that it was not sent, each time that it was asked.',
      );
    const again = { scope: { ...scope, sessionId }, lines, context, round: round + 1, ...(corrected && { corrected }) };
    await this.background.submit(tx, factRequest(again));
  }

  private async namespaceOf(tx: Tx, { tenantId, userId, id }: SessionPlace): Promise<string> {
    const [row] = await tx.query<{ namespace: string }>(
      'SELECT namespace FROM memori.sessions WHERE tenant_id = $1 AND user_id = $2 AND id = $3',
      [tenantId, userId, id],
    );
    if (!row) throw new Error('A session that is held is gone');
    return row.namespace;
  }
}

function scopeOf({ tenantId, userId }: UserScope): UserScope {
  return { tenantId, userId };
}

/** Tools and systems say what programs said: results, instructions of an application. */
function isSpoken({ role }: SourceTurn): boolean {
  return role === 'user' || role === 'assistant';
}

function earlierLine({ role, name, content }: SourceTurn): string {
  return `- ${name ?? role}: ${JSON.stringify(content.slice(0, EARLIER_CHARACTERS))}`;
}

function earlierOf(turns: readonly SourceTurn[], lastId: string | undefined): string[] {
  const end = turns.findIndex(({ id }) => id === lastId) + 1;
  return turns.slice(Math.max(0, end - EARLIER_TURNS), end).map(earlierLine);
}

/** What is known goes before what was said does. */
function contextWithin(
  room: number,
  tokensOf: (text: string) => number,
  timeZone: string,
  earlier: readonly string[],
  known: readonly string[],
): string {
  for (let left = known.length; ; left = Math.floor(left / 2)) {
    const text = factContext(timeZone, left === 0 ? earlier.slice(-2) : earlier, known.slice(0, left));
    if (tokensOf(text) <= room || left === 0) return tokensOf(text) <= room ? text : factContext(timeZone, [], []);
  }
}

/** The namespace of questions is named after their data source, whose limits count too. */
function dataSourceOf(namespace: string): { dataSourceId?: string } {
  const id = namespace.startsWith('schema:') ? namespace.slice('schema:'.length) : '';
  return isId(id) ? { dataSourceId: id } : {};
}

function nameOf(outcome: Outcome): 'new' | 'support' | 'superseding' {
  if (outcome.kind === 'support') return 'support';
  return outcome.closes === null && outcome.supersededBy === null ? 'new' : 'superseding';
}
