import { Injectable } from '@nestjs/common';
import { Budget, BudgetExhaustedError, NO_USAGE, Prices, type Hold, type TokenUsage } from '@memori/budget';
import { Log } from '@memori/monitoring';
import { newId } from '@memori/scope';
import type { CallEnding } from './call-ending';
import type { CallPlan } from './call-plan';
import { surely } from './surely';

/** Ends holds for calls, and outlives a ledger that is out of reach for a moment. */
@Injectable()
export class CallLedger {
  constructor(
    private readonly budget: Budget,
    private readonly prices: Prices,
    private readonly log: Log,
  ) {}

  /**
   * The reservation and, in the same commit, the word that the request goes out: nothing stands between the two but the
   * writing of the socket. Should the answer be lost, nothing goes out, and the hold is ended if it was ever opened.
   */
  async reserve({ request, model, atMost }: CallPlan, fence: bigint): Promise<Hold> {
    const { purpose, questionId } = request;
    const attemptId = newId();
    try {
      return await this.budget.reserve(request.scope, {
        attemptId,
        model,
        atMost,
        purpose,
        questionId,
        fence,
        isSentAtOnce: true,
      });
    } catch (error) {
      if (!(error instanceof BudgetExhaustedError)) void this.endIfOpened({ attemptId, model, atMost });
      throw error;
    }
  }

  /** Nothing was sent, though the row may say so already; then it is settled at nothing. */
  async giveBack(hold: Hold): Promise<void> {
    try {
      const isReleased = await this.budget.release(hold, 'not-sent');
      if (!isReleased) await this.budget.settle(hold, NO_USAGE, { outcome: 'not-sent' });
    } catch (error) {
      const { attemptId } = hold;
      this.log.warn('A hold on the budget could not be given back; the reaper ends it.', { error, attemptId });
    }
  }

  private async endIfOpened(asked: Pick<Hold, 'attemptId' | 'model' | 'atMost'>): Promise<void> {
    const hold = { ...asked, priceVersion: this.prices.current.version, tokens: 0, nanoUsd: 0n };
    const end = () => this.budget.settle(hold, NO_USAGE, { outcome: 'not-sent' });
    // There may be no such hold, or nobody to ask: the reaper ends what was opened.
    await surely(end).catch(() => undefined);
  }

  /**
   * What the call cost, in nano-dollars. A reply in hand is not thrown away because the ledger stays out of reach: the
   * reaper charges it by its evidence.
   */
  async settle(hold: Hold, { outcome, usage, reasons, requestId }: CallEnding): Promise<bigint> {
    const details = { outcome, reasons, ...(requestId && { providerRequestId: requestId }) };
    try {
      return (await surely(() => this.budget.settle(hold, usage, details))).costNanoUsd;
    } catch (error) {
      const { attemptId } = hold;
      this.log.error('A call could not be settled; the reaper ends its hold.', { error, attemptId });
      return this.prices.current.cost(hold.model, usage, hold);
    }
  }

  /** What is known of a streaming call, for the reaper. */
  markStreaming(hold: Hold, soFar: TokenUsage): Promise<void> {
    return this.budget.markStreaming(hold, soFar);
  }
}
