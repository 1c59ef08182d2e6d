import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** Tokens of one attempt by kind, as the provider reports them. */
export interface UsageFacts {
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly outputTokens: number;
}

export interface AttemptFacts {
  readonly model: string;
  readonly outcome: string;
  readonly usage?: UsageFacts;
  readonly costNanoUsd?: bigint;
  readonly durationMs?: number;
}

const QUESTION_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 600];
const CALL_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Every metric of Memori: one method per event, and no label that holds an id, a name or a text. */
export class Metrics {
  readonly registry = new Registry();

  private readonly questions = this.counter('questions_total', 'Questions that ended', ['source', 'status']);
  private readonly questionSeconds = this.histogram(
    'question_duration_seconds',
    'From asking to the end of a question',
    ['source', 'status'],
    QUESTION_SECONDS,
  );
  private readonly choices = this.counter('model_choices_total', 'Rounds of questions, by model and by why that one', [
    'model',
    'reason',
  ]);
  private readonly cacheLookUps = this.counter('cache_lookups_total', 'Questions looked up among stored answers', [
    'outcome',
  ]);
  private readonly cacheEvictions = this.counter('cache_evictions_total', 'Stored answers removed, by reason', [
    'reason',
  ]);
  private readonly attempts = this.counter('llm_attempts_total', 'Calls to the model', ['model', 'outcome']);
  private readonly attemptSeconds = this.histogram(
    'llm_attempt_duration_seconds',
    'Duration of one call to the model',
    ['model', 'outcome'],
    QUESTION_SECONDS,
  );
  private readonly tokens = this.counter('llm_tokens_total', 'Tokens by kind', ['model', 'kind']);
  private readonly cost = this.counter(
    'llm_cost_nanousd_total',
    'Cost of calls to the model in billionths of a US dollar',
    ['model'],
  );
  private readonly violations = this.counter('guard_violations_total', 'SQL that the guard refused, by reason', [
    'code',
  ]);
  private readonly slots = this.gauge('slots_in_use', 'Attempts in flight, as this process last saw it');
  private readonly denials = this.counter('slots_denied_total', 'Slots that were asked for in vain', ['reason']);
  private readonly leasesLost = this.counter('leases_lost_total', 'Calls stopped because their slot could not be kept');
  private readonly leaseEpochs = this.counter('lease_epochs_total', 'Times that the store of slots began anew');
  private readonly waiting = this.gauge('queue_waiting', 'Questions that wait, as this process last saw it');
  private readonly waits = this.counter('must_wait_total', 'Questions sent back to the line', ['reason']);
  private readonly holds = this.counter('holds_expired_total', 'Holds on the budget that the reaper ended', [
    'outcome',
  ]);
  private readonly estimates = this.counter('estimates_exceeded_total', 'Attempts that cost more than was reserved', [
    'model',
  ]);
  private readonly budgetAlerts = this.counter('budget_alerts_total', 'Budgets that reached their alert threshold', [
    'scope',
    'window',
  ]);
  private readonly ledgerDrift = this.gauge(
    'ledger_drift_nanousd',
    'What the cached sums of the ledger differ from its journal and holds by, in billionths of a US dollar; 0 is right',
  );
  private readonly ledgerTokenDrift = this.gauge('ledger_drift_tokens', 'The same in tokens');
  private readonly facts = this.counter(
    'facts_drawn_total',
    'Facts that the model drew from turns, by what became of them',
    ['outcome'],
  );
  private readonly summaries = this.counter(
    'session_summaries_total',
    'Summaries of long sessions, by what became of them',
    ['outcome'],
  );
  private readonly episodes = this.counter(
    'episodes_consolidated_total',
    'Old sessions summed up together, by what became of it',
    ['outcome'],
  );
  private readonly tidied = this.counter('memories_removed_total', 'Drawn facts that upkeep deleted, by reason', [
    'reason',
  ]);
  private readonly embeddingFailures = this.counter(
    'embedding_failures_total',
    'Questions that were searched without a vector, by why none came',
    ['code'],
  );
  private readonly embeddingProviders = new Gauge({
    ...{ name: 'memori_embedding_provider', help: 'The model that vectors are made by; none: no vectors' },
    ...{ labelNames: ['model'], registers: [this.registry] },
  });
  private readonly vectorsWaiting = this.gauge(
    'vectors_waiting',
    'Namespaces whose vectors are still to be made, as this process last saw it',
  );
  private readonly vectorRounds = this.counter(
    'vector_rounds_total',
    'Rounds in which this process made all vectors that there were to make',
  );
  private readonly webhooks = this.counter('webhook_deliveries_total', 'Attempts to deliver an event', ['outcome']);
  private readonly databaseSeconds = this.histogram(
    'data_source_query_duration_seconds',
    'Duration of SQL on data sources',
    ['outcome'],
    CALL_SECONDS,
  );
  private readonly httpSeconds = this.histogram(
    'http_request_duration_seconds',
    'Duration of HTTP requests',
    ['method', 'route', 'status'],
    CALL_SECONDS,
  );

  questionEnded(facts: { source: string; status: string; totalMs: number }): void {
    const labels = { source: facts.source, status: facts.status };
    this.questions.inc(labels);
    this.questionSeconds.observe(labels, facts.totalMs / 1000);
  }

  /** `failed`: the stored SQL no longer ran, and the question went on to the model. */
  cacheLookedUp(outcome: 'hit' | 'miss' | 'failed'): void {
    this.cacheLookUps.inc({ outcome });
  }

  embeddingsMadeBy(model: string): void {
    this.embeddingProviders.set({ model }, 1);
  }

  /** A round of making vectors is over, and so many namespaces still wait. */
  vectorsMade(waiting: number): void {
    this.vectorsWaiting.set(waiting);
    this.vectorRounds.inc();
  }

  embeddingFailed(code: string): void {
    this.embeddingFailures.inc({ code });
  }

  cacheEvicted(reason: 'expired' | 'overflow' | 'incorrect' | 'failed', count = 1): void {
    this.cacheEvictions.inc({ reason }, count);
  }

  /** Kept, counted as support, or why not kept. */
  factDrawn(
    outcome: 'new' | 'support' | 'superseding' | 'unknown-turn' | 'recalled' | 'answer' | 'unreadable',
    count = 1,
  ): void {
    this.facts.inc({ outcome }, count);
  }

  sessionSummarised(outcome: 'kept' | 'late'): void {
    this.summaries.inc({ outcome });
  }

  /** `gone`: one of the sessions was forgotten meanwhile. */
  episodesConsolidated(outcome: 'kept' | 'gone', sessions: number): void {
    this.episodes.inc({ outcome }, sessions);
  }

  memoriesRemoved(reason: 'expired' | 'evicted', count: number): void {
    this.tidied.inc({ reason }, count);
  }

  attemptEnded({ model, outcome, usage, costNanoUsd, durationMs }: AttemptFacts): void {
    this.attempts.inc({ model, outcome });
    if (durationMs !== undefined) this.attemptSeconds.observe({ model, outcome }, durationMs / 1000);
    if (costNanoUsd !== undefined) this.cost.inc({ model }, Number(costNanoUsd));
    if (usage) this.countTokens(model, usage);
  }

  modelChosen({ model, reason }: { model: string; reason: string }): void {
    this.choices.inc({ model, reason });
  }

  guardRefused(code: string): void {
    this.violations.inc({ code });
  }

  slotsInUse(count: number): void {
    this.slots.set(count);
  }

  /** `paced` and `paused`: held back by the provider's limits; the others are limits of our own. */
  slotDenied(reason: string): void {
    this.denials.inc({ reason });
  }

  leaseLost(): void {
    this.leasesLost.inc();
  }

  /** The store lost its leases, and waited before it granted again. */
  leaseEpochChanged(): void {
    this.leaseEpochs.inc();
  }

  queueWaiting(count: number): void {
    this.waiting.set(count);
  }

  mustWait(reason: string): void {
    this.waits.inc({ reason });
  }

  holdExpired(outcome: string): void {
    this.holds.inc({ outcome });
  }

  estimateExceeded(model: string): void {
    this.estimates.inc({ model });
  }

  budgetAlert(scope: string, window: string): void {
    this.budgetAlerts.inc({ scope, window });
  }

  ledgerAudited(drift: { nanoUsd: number; tokens: number }): void {
    this.ledgerDrift.set(drift.nanoUsd);
    this.ledgerTokenDrift.set(drift.tokens);
  }

  webhookTried(outcome: 'delivered' | 'retrying' | 'failed'): void {
    this.webhooks.inc({ outcome });
  }

  dataSourceQueried(facts: { outcome: string; durationMs: number }): void {
    this.databaseSeconds.observe({ outcome: facts.outcome }, facts.durationMs / 1000);
  }

  /** `route` is the template (`/v1/questions/:id`), never the path that was asked. */
  requestEnded(facts: { method: string; route: string; status: number; durationMs: number }): void {
    const { method, route, status } = facts;
    this.httpSeconds.observe({ method, route, status: String(status) }, facts.durationMs / 1000);
  }

  /** Memory, event loop and the like of this process. Once per process, not in tests. */
  collectProcessMetrics(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  /** The text that Prometheus scrapes. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  private countTokens(model: string, usage: UsageFacts): void {
    this.tokens.inc({ model, kind: 'input' }, usage.inputTokens);
    this.tokens.inc({ model, kind: 'cache_read' }, usage.cacheReadTokens);
    this.tokens.inc({ model, kind: 'cache_write' }, usage.cacheWrite5mTokens + usage.cacheWrite1hTokens);
    this.tokens.inc({ model, kind: 'output' }, usage.outputTokens);
  }

  private counter<T extends string>(name: string, help: string, labelNames: T[] = []): Counter<T> {
    return new Counter({ name: `memori_${name}`, help, labelNames, registers: [this.registry] });
  }

  private gauge(name: string, help: string): Gauge {
    return new Gauge({ name: `memori_${name}`, help, registers: [this.registry] });
  }

  private histogram<T extends string>(name: string, help: string, labelNames: T[], buckets: number[]): Histogram<T> {
    return new Histogram({ name: `memori_${name}`, help, labelNames, buckets, registers: [this.registry] });
  }
}
