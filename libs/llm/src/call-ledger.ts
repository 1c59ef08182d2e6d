import { Injectable } from '@nestjs/common';
import { Budget, NO_USAGE, Prices, type Hold, type TokenUsage } from '@memori/budget';
import { Log } from '@memori/monitoring';
import type { CallEnding } from './call-ending';
import { surely } from './surely';

/** Ends holds for calls, and outlives a ledger that is out of reach for a moment. */
@Injectable()
export class CallLedger {
  constructor(
    private readonly budget: Budget,
    private readonly prices: Prices,
    private readonly log: Log,
  ) {}

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
