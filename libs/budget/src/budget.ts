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

const RESERVE = 'SELECT memori.reserve($1) AS answer';
// The second function sees what the first one wrote, and both are one commit, which is on the disk before anything is sent.
const RESERVE_SENT = `SELECT r.answer FROM memori.reserve($1) AS r (answer)
  WHERE r.answer ? 'refused' OR (memori.mark_sent($2) AND set_config('synchronous_commit', 'on', true) = 'on')`;

/** The ledger. Every method is one round trip and one commit. */
@Injectable()
export class Budget {
  constructor(
    private readonly database: Database,
    private readonly prices: Prices,
    private readonly env: Env,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Keeps the most that a call may cost aside, in every limited scope or in none, and writes its attempt as prepared, or
   * as sent when it goes out at once: in the same commit, which spares another that waits for the disk.
   */
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
      reserved: hold.atMost,
      tokens: hold.tokens,
      nanoUsd: hold.nanoUsd.toString(),
      ttlMs: this.env.MEMORI_HOLD_TTL_MS,
    };
    const params: unknown[] = [JSON.stringify(call)];
    if (request.isSentAtOnce) params.push(hold.attemptId);
    const answer = await this.ask<{ refused?: AccountLine }>(request.isSentAtOnce ? RESERVE_SENT : RESERVE, ...params);
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
  async settle(
    hold: Pick<Hold, 'attemptId' | 'model'>,
    usage: TokenUsage,
    details: SettleDetails,
  ): Promise<Settlement> {
    const costNanoUsd = this.prices.current.cost(hold.model, usage);
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

  private holdFor({ attemptId = newId(), model, atMost }: Reservation): Hold {
    const table = this.prices.current;
    return {
      attemptId,
      model,
      priceVersion: table.version,
      atMost,
      tokens: limitTokens(atMost),
      nanoUsd: table.cost(model, atMost),
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
