import { Injectable, type OnApplicationBootstrap, Optional } from '@nestjs/common';
import { Env } from '@memori/config';
import { Database } from '@memori/database';
import { Log, Metrics } from '@memori/monitoring';
import { newId, type UserScope } from '@memori/scope';
import { tellAlerts } from './budget-alerts';
import { BudgetExhaustedError, refusingLine } from './budget-exhausted.error';
import { budgetLines, type AccountLine, type BudgetLine } from './budget-line';
import { ConfiguredLimits } from './configured-limits';
import type { CallScope, Hold, Reservation, SettledHold, SettleDetails, Settlement } from './hold';
import { LedgerCalls } from './ledger-calls';
import { installationFacts } from './limits';
import { Prices } from './prices';
import { Savings, type Saving } from './savings';
import { limitTokens, type TokenUsage } from './token-usage';

/** The ledger. Every method is one round trip, shared by those who call it at the same time. */
@Injectable()
export class Budget implements OnApplicationBootstrap {
  private readonly configured: ConfiguredLimits;
  private readonly savings: Savings;
  private readonly calls: LedgerCalls;

  constructor(
    private readonly database: Database,
    private readonly prices: Prices,
    private readonly env: Env,
    private readonly metrics: Metrics,
    @Optional() private readonly log?: Log,
  ) {
    this.configured = new ConfiguredLimits(database, env);
    this.savings = new Savings(database, prices, env);
    this.calls = new LedgerCalls(database, (alerts) => tellAlerts(alerts, this.metrics, this.log));
  }

  async onApplicationBootstrap(): Promise<void> {
    tellAlerts(await this.configured.ensure(), this.metrics, this.log);
  }

  /**
   * Keeps the most that a call may cost aside, in every limited scope or in none, and writes its attempt as prepared, or
   * as sent when it goes out at once: in the same commit, which spares another that waits for the disk.
   */
  async reserve(scope: CallScope, request: Reservation): Promise<Hold> {
    await this.configured.ensure();
    const hold = this.holdFor(request);
    const call = {
      ...this.scopeOf(scope),
      attemptId: hold.attemptId,
      isSent: request.isSentAtOnce ?? false,
      questionId: request.questionId,
      purpose: request.purpose,
      model: hold.model,
      priceVersion: hold.priceVersion,
      fence: request.fence?.toString(),
      // The reaper reads the price of a batch off it.
      reserved: { ...hold.atMost, ...(hold.batch && { batch: true }) },
      tokens: hold.tokens,
      nanoUsd: hold.nanoUsd.toString(),
      ttlMs: this.env.MEMORI_HOLD_TTL_MS,
    };
    const refused = await this.calls.reserve(call);
    if (refused) throw new BudgetExhaustedError(refused, hold);
    return hold;
  }

  /** The limit that would refuse this reservation now; undefined: it would be granted. Holds nothing. */
  async wouldRefuse(scope: CallScope, request: Reservation): Promise<BudgetLine | undefined> {
    await this.configured.ensure();
    const { tokens, nanoUsd } = this.holdFor(request);
    const call = { ...this.scopeOf(scope), tokens, nanoUsd: nanoUsd.toString() };
    const refused = await this.ask<AccountLine | null>(
      'SELECT memori.would_refuse($1) AS answer',
      JSON.stringify(call),
    );
    return refused ? refusingLine(refused, { tokens, nanoUsd }) : undefined;
  }

  /**
   * To be committed before the socket is written: with it the reservation is on the disk as well, whose own commit does not
   * wait. False: the hold expired meanwhile, so nothing may be sent.
   */
  markSent(hold: Hold): Promise<boolean> {
    return this.ask('SELECT memori.mark_sent($1) AS answer', hold.attemptId);
  }

  /** Leaves what is known so far to the reaper, should this process die before it settles. */
  async markStreaming(hold: Hold, soFar: TokenUsage): Promise<void> {
    await this.database.call('SELECT memori.mark_streaming($1, $2)', [hold.attemptId, JSON.stringify(soFar)]);
  }

  /**
   * Replaces the hold by what the call cost, at the prices that it was reserved at. A second settle charges nothing; one
   * after the hold expired is flagged. Whoever has the answer has it on the disk.
   */
  async settle(hold: SettledHold, usage: TokenUsage, details: SettleDetails): Promise<Settlement> {
    const prices = await this.prices.ofVersion(hold.priceVersion ?? this.prices.current.version);
    const costNanoUsd = prices.costOrDearest(hold.model, usage, hold);
    const charge = {
      ...installationFacts(this.env),
      attemptId: hold.attemptId,
      usage,
      limitTokens: limitTokens(usage),
      nanoUsd: costNanoUsd.toString(),
      savedNanoUsd: prices.savedByCache(hold.model, usage, hold).toString(),
      ...details,
    };
    const { result, reasons } = await this.calls.settle(charge);
    if (reasons.includes('estimate_exceeded')) this.metrics.estimateExceeded(hold.model);
    return { result, reasons, costNanoUsd };
  }

  /** Gives the hold back. Only while nothing was sent: otherwise it does nothing, answers false, and must be settled. */
  release(hold: Hold, why = 'released'): Promise<boolean> {
    return this.ask('SELECT memori.release_hold($1, $2) AS answer', hold.attemptId, why);
  }

  /** How the limits that bear on this scope stand now. */
  async standing(scope: UserScope & Partial<CallScope>): Promise<BudgetLine[]> {
    await this.configured.ensure();
    const call = JSON.stringify(this.scopeOf(scope));
    const accounts = await this.ask<AccountLine[]>('SELECT memori.budget_standing($1) AS answer', call);
    return accounts.flatMap(budgetLines);
  }

  /** A layer before the model answered: what it saved, for the report. Moves no sum and binds nobody. */
  recordSaving(scope: CallScope, saving: Saving): Promise<void> {
    return this.savings.record(scope, saving);
  }

  private holdFor({ attemptId = newId(), model, atMost, batch = false }: Reservation): Hold {
    const table = this.prices.current;
    return {
      attemptId,
      model,
      priceVersion: table.version,
      atMost,
      tokens: limitTokens(atMost),
      nanoUsd: table.cost(model, atMost, { batch }),
      ...(batch && { batch }),
    };
  }

  private scopeOf({ tenantId, userId, sessionId, dataSourceId }: CallScope) {
    return { tenantId, userId, sessionId, dataSourceId, ...installationFacts(this.env) };
  }

  private async ask<T>(sql: string, ...params: unknown[]): Promise<T> {
    const [row] = await this.database.call<{ answer: T }>(sql, params);
    if (!row) throw new Error('The ledger gave no answer.');
    return row.answer;
  }
}
