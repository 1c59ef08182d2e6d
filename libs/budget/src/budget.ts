import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { Database } from '@memori/database';
import { Metrics } from '@memori/monitoring';
import { newId, type UserScope } from '@memori/scope';
import { BudgetExhaustedError } from './budget-exhausted.error';
import { budgetLines, type AccountLine, type BudgetLine } from './budget-line';
import type { CallScope, Hold, Reservation, SettleDetails, Settlement } from './hold';
import { configuredLimits } from './limits';
import { Prices } from './prices';
import { limitTokens, type TokenUsage } from './token-usage';

/** The ledger. Every method is one round trip and one commit. */
@Injectable()
export class Budget {
  constructor(
    private readonly database: Database,
    private readonly prices: Prices,
    private readonly env: Env,
    private readonly metrics: Metrics,
  ) {}

  /** Keeps the most that a call may cost aside, in every limited scope or in none, and writes its attempt as prepared. */
  async reserve(scope: CallScope, request: Reservation): Promise<Hold> {
    const hold = this.holdFor(request);
    const call = {
      ...this.scopeOf(scope),
      attemptId: hold.attemptId,
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
    const answer = await this.ask<{ refused?: AccountLine }>(
      'SELECT memori.reserve($1) AS answer',
      JSON.stringify(call),
    );
    if (answer.refused) throw new BudgetExhaustedError(answer.refused, hold);
    return hold;
  }

  /** To be committed before the socket is written. False: the hold expired meanwhile, so nothing may be sent. */
  markSent(hold: Hold): Promise<boolean> {
    return this.ask('SELECT memori.mark_sent($1) AS answer', hold.attemptId);
  }

  /** Leaves what is known so far to the reaper, should this process die before it settles. */
  async markStreaming(hold: Hold, soFar: TokenUsage): Promise<void> {
    await this.database.call('SELECT memori.mark_streaming($1, $2)', [hold.attemptId, JSON.stringify(soFar)]);
  }

  /** Replaces the hold by what the call cost. A second settle charges nothing; one after the hold expired is flagged. */
  async settle(hold: Hold, usage: TokenUsage, details: SettleDetails): Promise<Settlement> {
    // A batch may end a day after it was reserved, under other prices.
    const prices = await this.prices.ofVersion(hold.priceVersion);
    const costNanoUsd = prices.cost(hold.model, usage, hold);
    const charge = {
      attemptId: hold.attemptId,
      usage,
      limitTokens: limitTokens(usage),
      nanoUsd: costNanoUsd.toString(),
      ...details,
    };
    const settlement = await this.ask<Omit<Settlement, 'costNanoUsd'>>(
      'SELECT memori.settle($1) AS answer',
      JSON.stringify(charge),
    );
    const reasons = settlement.reasons ?? [];
    if (reasons.includes('estimate_exceeded')) this.metrics.estimateExceeded(hold.model);
    return { ...settlement, reasons, costNanoUsd };
  }

  /** Gives the hold back. Only while nothing was sent: otherwise it does nothing, answers false, and must be settled. */
  release(hold: Hold, why = 'released'): Promise<boolean> {
    return this.ask('SELECT memori.release_hold($1, $2) AS answer', hold.attemptId, why);
  }

  /** How the limits that bear on this scope stand now. */
  async standing(scope: UserScope & Partial<CallScope>): Promise<BudgetLine[]> {
    const accounts = await this.ask<AccountLine[]>(
      'SELECT memori.budget_standing($1) AS answer',
      JSON.stringify(this.scopeOf(scope)),
    );
    return accounts.flatMap(budgetLines);
  }

  private holdFor({ model, atMost, batch = false }: Reservation): Hold {
    const table = this.prices.current;
    return {
      attemptId: newId(),
      model,
      priceVersion: table.version,
      atMost,
      tokens: limitTokens(atMost),
      nanoUsd: table.cost(model, atMost, { batch }),
      ...(batch && { batch }),
    };
  }

  private scopeOf({ tenantId, userId, sessionId, dataSourceId }: CallScope) {
    const limits = configuredLimits(this.env);
    return { tenantId, userId, sessionId, dataSourceId, limits, timeZone: this.env.MEMORI_DEFAULT_TIMEZONE };
  }

  private async ask<T>(sql: string, ...params: unknown[]): Promise<T> {
    const [row] = await this.database.call<{ answer: T }>(sql, params);
    if (!row) throw new Error('The ledger gave no answer.');
    return row.answer;
  }
}
