import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { estimateInput, estimateTokens } from '@memori/llm';
import { Memories, SessionSummaries } from '@memori/memory';
import { Clock } from '@memori/scope';
import { Sessions, type SessionRecord, type Turn } from '@memori/session';
import type { Catalog, CatalogTable } from '../data-source/catalog';
import type { DataSourceRecord } from '../data-source/data-source.record';
import { GlossaryBooks } from '../glossary/glossary-book';
import { TableVectorStore } from '../table-vectors/table-vector-store';
import type { TableLikeness } from '../table-vectors/table-vectors';
import { ValueStore } from '../values/value-store';
import { VerifiedBooks } from '../verified-query/verified-book';
import { answerPrompt, type AnswerPrompt, type PromptMaterial } from './answer-prompt';
import { leansOnEarlier, recallQuery } from './leans-on-earlier';
import { QuestionValues } from './offered-values';
import type { PromptMeter } from './prompt-meter';
import { linkingText, tablesByRelevance } from './tables-by-relevance';

/** Turns of the session that may reach the prompt. */
const HISTORY_TURNS = 8;
const EXAMPLES = 4;
/** With no more verified queries than this all of them are shown, in one order, so that they are cached with the schema. */
const SMALL_BOOK = 12;
/** Of the token limit, what recalled memories may ask for; the layout gives them less when room is short. */
const RECALL_SHARE = 0.2;

export interface ContextRequest {
  readonly session: SessionRecord;
  readonly dataSource: DataSourceRecord;
  readonly catalog: Catalog;
  readonly question: string;
  readonly timeZone: string;
  readonly language: string | undefined;
  readonly repliedTo: PromptMaterial['repliedTo'];
}

/**
 * What is known about a question before any round: the same for all of them. A stored answer is served only where all of it
 * is equal: what is added here is part of its key by itself (`cache-key.ts`): plain data, or to be named there.
 */
export interface GatheredMaterial extends Omit<PromptMaterial, 'rounds' | 'byRelevance' | 'valuesIn'> {
  /** Rises with every change of the verified queries. */
  readonly bookVersion: string;
  /** The session is closed off: nothing of it may be seen elsewhere. */
  readonly isolated: boolean;
  readonly values: QuestionValues;
  /** How alike the tables are to the question, where vectors are to be had. */
  readonly likeness?: TableLikeness;
}

/** Gathers what bears on a question and lays it out within the token limit of one request. */
@Injectable()
export class ContextBuilder {
  constructor(
    private readonly sessions: Sessions,
    private readonly memories: Memories,
    private readonly summaries: SessionSummaries,
    private readonly books: VerifiedBooks,
    private readonly glossaries: GlossaryBooks,
    private readonly values: ValueStore,
    private readonly tableVectors: TableVectorStore,
    private readonly clock: Clock,
    private readonly env: Env,
  ) {}

  async gather(request: ContextRequest): Promise<GatheredMaterial> {
    const { session, dataSource, question } = request;
    const scope = {
      tenantId: session.tenantId,
      userId: session.userId,
      namespace: session.namespace,
      sessionId: session.id,
      isolated: session.isolated,
    };
    const maxTokens = Math.floor(this.env.MEMORI_PER_REQUEST_TOKEN_LIMIT * RECALL_SHARE);
    const recent = this.sessions.recentTurns(session, HISTORY_TURNS);
    // A question that stands by itself does not wait for what was said before.
    const query = leansOnEarlier(question) ? recent.then((said) => recallQuery(question, said)) : question;
    const [turns, summary, recalled, book, glossary, index, likeness] = await Promise.all([
      recent,
      // Where all of a session stands in the prompt, nothing was summed up.
      recent.then((said) => (said.length < HISTORY_TURNS ? undefined : this.summaries.find(scope, session.id))),
      Promise.resolve(query).then((text) =>
        this.memories.recall(scope, text, { maxTokens, timeZone: request.timeZone }),
      ),
      this.books.recent(session.tenantId, dataSource.id),
      this.glossaries.current(dataSource, request.catalog),
      this.values.read(dataSource, request.catalog),
      // Asked for as tables are ranked: with what was said before it.
      recent.then((said) => this.tableVectors.likeness(dataSource, request.catalog, linkingText(question, said))),
    ]);
    const history = turns.filter(({ role }) => role === 'user' || role === 'assistant');
    return {
      catalog: request.catalog,
      dataSource,
      question,
      now: this.clock.now(),
      timeZone: request.timeZone,
      language: request.language,
      history,
      ...(summary && { summary: { id: summary.sessionId, content: summary.content } }),
      recalled,
      examples: book.nearest(question, EXAMPLES),
      glossary: glossary.excerpt(spokenTexts(request, history)),
      wholeBook: book.entries.length <= SMALL_BOOK ? book.inOrder() : [],
      bookVersion: book.version,
      isolated: session.isolated,
      repliedTo: request.repliedTo,
      values: new QuestionValues(index, question),
      likeness,
    };
  }

  /** The prompt of one round. `format` is the schema of the reply, which costs tokens as well. */
  layOut(
    material: GatheredMaterial,
    rounds: PromptMaterial['rounds'],
    model: string,
    format: { readonly title: string },
    isSecondLook = false,
  ): AnswerPrompt {
    const { values, likeness } = material;
    let relevant: CatalogTable[] | undefined;
    const whole: PromptMaterial = {
      ...material,
      rounds,
      isSecondLook,
      byRelevance: () => (relevant ??= tablesByRelevance({ ...material, rounds }, values, likeness)),
      valuesIn: (tables) => values.in(tables),
    };
    const limit = this.env.MEMORI_PER_REQUEST_TOKEN_LIMIT;
    // Texts counted apart are not quite the text counted whole; what comes out too long is laid out once more, tighter.
    for (let room = limit; ; room = Math.floor(room * 0.93)) {
      const prompt = answerPrompt(whole, meterOf(room, model, format));
      const estimate = estimateInput({ ...prompt, schema: format }, model);
      if (estimate <= limit || room < limit / 2) return prompt;
    }
  }
}

/** What may mention a word of the glossary: the question first, then what was said before it, the latest first. */
function spokenTexts({ question, repliedTo }: ContextRequest, history: readonly Turn[]): string[] {
  const said = history.filter(({ role }) => role === 'user').map(({ content }) => content);
  return [question, ...(repliedTo ? [repliedTo.question, repliedTo.clarification] : []), ...said.reverse()];
}

function meterOf(limit: number, model: string, format: { readonly title: string }): PromptMeter {
  return {
    limit,
    tokens: (text) => estimateTokens(text, model),
    overhead: (messages) => {
      const empty = Array.from({ length: messages }, () => ({ role: 'user' as const, content: [] }));
      return estimateInput({ system: [], messages: empty, schema: format }, model);
    },
  };
}
