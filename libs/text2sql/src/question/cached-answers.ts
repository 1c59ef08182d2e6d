import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { DomainError } from '@memori/errors';
import { Log, Metrics } from '@memori/monitoring';
import { Clock, userScopeOf } from '@memori/scope';
import type { Turn } from '@memori/session';
import { answerLifeMs } from '../cache/answer-life';
import { cachePlace, type Counted, isOwn } from '../cache/cache-key';
import { CachedAnswerStore, type FoundAnswer, type StoredAnswer } from '../cache/cached-answer.store';
import { onlyAsks } from '../cache/plain-question';
import { questionForm } from '../cache/question-form';
import { showsOwn } from '../cache/shows-own';
import { PROMPT_VERSION } from '../context/answer-prompt';
import type { GatheredMaterial } from '../context/context-builder';
import { tablesNamedIn } from '../context/tables-named-in';
import type { Catalog } from '../data-source/catalog';
import type { DataSourceRecord } from '../data-source/data-source.record';
import { ANSWER_FORMAT } from './model-reply';
import { QuestionMaterial } from './question-material';
import type { Finding, QuestionRun } from './question-run';
import { isRepairable } from './repair';
import { SqlSteps } from './sql-steps';

/**
 * Serves a question that the model answered before: its SQL, executed again under today's permissions. Equality of the
 * normalised question and of all that bears on it is the only likeness that counts. No model, no slot, no cost.
 */
@Injectable()
export class CachedAnswers {
  private readonly promptVersion: string;

  constructor(
    private readonly material: QuestionMaterial,
    private readonly store: CachedAnswerStore,
    private readonly steps: SqlSteps,
    private readonly metrics: Metrics,
    private readonly log: Log,
    private readonly clock: Clock,
    private readonly env: Env,
  ) {
    const { MEMORI_CLAUDE_MODEL, MEMORI_CLAUDE_FAST_MODEL, MEMORI_CLAUDE_STRONG_MODEL, MEMORI_CLAUDE_EFFORT } = env;
    const models = [MEMORI_CLAUDE_MODEL, MEMORI_CLAUDE_FAST_MODEL, MEMORI_CLAUDE_STRONG_MODEL, MEMORI_CLAUDE_EFFORT];
    const parts = JSON.stringify([PROMPT_VERSION, ANSWER_FORMAT, models]);
    this.promptVersion = createHash('sha256').update(parts).digest('hex');
  }

  /** Undefined when no stored answer is this question's, or the one that was no longer runs. */
  async find(run: QuestionRun, record: DataSourceRecord, catalog: Catalog): Promise<Finding | undefined> {
    if (!this.bearsOn(run)) return undefined;
    const found = await this.lookUp(run, record, await this.material.of(run, record, catalog));
    const { dryRun } = run.claim.settings;
    if (!found) {
      if (!dryRun) this.metrics.cacheLookedUp('miss');
      return undefined;
    }
    try {
      const finding = await this.answer(run, record, catalog, found);
      if (!dryRun) this.metrics.cacheLookedUp('hit');
      return finding;
    } catch (error) {
      if (!mayBeTheSql(error) || run.signal.aborted) throw error;
      run.passedSql = undefined;
      if (!dryRun) await this.drop(run, found);
      return undefined;
    }
  }

  /** After the answer of a run was written. Losing a stored answer costs a call; it never costs the answer. */
  async keep(run: QuestionRun, finding: Finding): Promise<void> {
    const { claim, cachePlace: place, progress } = run;
    const answer = storable(finding);
    if (!place || !answer) return;
    const material = await (run.material as Promise<GatheredMaterial>);
    const { now, timeZone } = material;
    const lifeMs = Math.min(
      this.env.MEMORI_CACHE_TTL_SECONDS * 1000,
      answerLifeMs(claim.question, answer.sql, now, timeZone) - (this.clock.nowMs() - now.getTime()),
    );
    if (lifeMs <= 0) return;
    const stored = { questionId: claim.id, sessionId: claim.sessionId, usedIds: place.usedIds, answer, lifeMs };
    const at = place.unmarked && !marksOwn(answer, material) ? place.unmarked : place.store;
    try {
      await this.store.keep(userScopeOf(claim.principal), { ...stored, ...at, paid: progress.paid() });
    } catch (error) {
      this.log.warn('An answer could not be stored for repeats', { error, questionId: claim.id });
    }
  }

  /** Questions of an evaluation ask the model; what answers a clarification belongs to it alone. */
  private bearsOn({ claim: { settings } }: QuestionRun): boolean {
    return this.env.MEMORI_ENABLE_CACHING && !settings.background && settings.repliedTo === undefined;
  }

  private lookUp(run: QuestionRun, record: DataSourceRecord, material: GatheredMaterial) {
    const { claim, progress } = run;
    const { principal, sessionId, question, settings, id } = claim;
    return progress.time('contextMs', async () => {
      const counted = await this.countedOf(run, material);
      const { model: pinnedModel, language } = settings;
      const { promptVersion } = this;
      const place = cachePlace({
        ...{
          principal,
          sessionId,
          dataSource: record,
          material,
          question,
          pinnedModel,
          language,
          promptVersion,
          counted,
        },
      });
      run.cachePlace = place;
      run.cacheMemories = counted.recalled;
      return this.store.find(userScopeOf(principal), place.lookUp, settings.dryRun ? undefined : id);
    });
  }

  /**
   * A session in which nothing but this very question was asked says nothing new; once there is anything else all of it
   * counts, for "the next ten" goes on from its own last asking. In other sessions turns count that tell something, and not
   * those of questions that only asked.
   */
  private async countedOf({ claim }: QuestionRun, { history, recalled }: GatheredMaterial): Promise<Counted> {
    const form = questionForm(claim.question);
    const turnIds = recalled.flatMap(({ kind, id }) => (kind === 'turn' ? [id] : []));
    const questions = await this.store.questionsOfTurns(userScopeOf(claim.principal), turnIds);
    return {
      history: isOnlyAbout(form, history) ? [] : history,
      recalled: recalled.filter(({ id }) => {
        const asked = questions.get(id);
        return !asked || !(questionForm(asked.question) === form || (asked.only_asked && onlyAsks(asked.question)));
      }),
    };
  }

  private async answer(
    run: QuestionRun,
    record: DataSourceRecord,
    catalog: Catalog,
    { answer, paid }: FoundAnswer,
  ): Promise<Finding> {
    const { claim, progress } = run;
    const verdict = await this.steps.allowed(answer.sql, catalog, 0, progress);
    run.passedSql = verdict.sql;
    run.memories = run.cacheMemories;
    const fields = { ...answer, source: 'cache' as const, sql: verdict.sql };
    if (!claim.settings.execute || claim.settings.dryRun) return { status: 'answered', fields, saved: paid };
    const { maxRows, timeZone } = claim.settings;
    const result = await progress.time('databaseMs', () =>
      this.steps.run(record, verdict, { maxRows, timeZone, signal: run.signal }, (ran) => progress.ran.push(ran)),
    );
    return { status: 'answered', fields, result, saved: paid };
  }

  private async drop({ claim }: QuestionRun, { id }: FoundAnswer): Promise<void> {
    this.metrics.cacheLookedUp('failed');
    this.metrics.cacheEvicted('failed');
    await this.store.drop(claim.principal.tenantId, id);
  }
}

/** Whether an answer shows something of its user's earlier turns that not everybody's prompt holds. */
function marksOwn(answer: StoredAnswer, material: GatheredMaterial): boolean {
  const { catalog, recalled, question, examples, wholeBook, glossary, values, dataSource } = material;
  const tables = tablesNamedIn(answer.sql, catalog);
  const columns = tables.flatMap((table) => table.columns);
  const entries = [...glossary.rules, ...glossary.words.map(({ entry }) => entry)];
  const shared = [
    dataSource.description ?? '',
    ...tables.flatMap(({ comment, aliases = [] }) => [comment ?? '', ...aliases]),
    ...columns.flatMap(({ name, comment, aliases = [], samples = [], enumValues = [] }) => [
      name,
      comment ?? '',
      ...aliases,
      ...samples,
      ...enumValues,
    ]),
    ...values.in(catalog.tables).map(({ value }) => value),
    ...[...examples, ...wholeBook].flatMap((query) => [query.question, query.sql]),
    ...entries.flatMap(({ name, synonyms, definition, expression }) => [name, ...synonyms, definition, expression]),
    ...recalled.filter((item) => !isOwn(item)).map(({ content }) => content),
  ].filter((text) => text !== null);
  return showsOwn(answer, recalled.filter(isOwn), question, shared);
}

function isOnlyAbout(form: string, history: readonly Turn[]): boolean {
  const askings = history.filter(({ role, content }) => role === 'user' && questionForm(content) === form);
  const ids = new Set(askings.map(({ questionId }) => questionId));
  return history.every(({ questionId }) => questionId !== null && ids.has(questionId));
}

/** Only what the model answered for itself and what ran: not a stopgap of the cheap model, nor SQL that nobody executed. */
function storable({ status, fields, result, isStopgap }: Finding): StoredAnswer | undefined {
  const { source, sql, explanation = '', assumptions = [], confidence = 'medium' } = fields;
  if (status !== 'answered' || source !== 'model' || sql === undefined || !result || isStopgap) return undefined;
  return { sql, explanation, assumptions, confidence };
}

/** Other SQL might do better; against a data source that is away none would. */
function mayBeTheSql(error: unknown): boolean {
  if (isRepairable(error)) return true;
  return error instanceof DomainError && (error.code === 'sql-timeout' || error.code === 'result-too-large');
}
