import { Injectable } from '@nestjs/common';
import { BudgetExhaustedError, limitTokens, Prices, usdFromNano, type Hold } from '@memori/budget';
import { Log } from '@memori/monitoring';
import { AnthropicLlm } from './anthropic-llm';
import { CallLedger } from './call-ledger';
import { withInput, type CallPlan } from './call-plan';

/** On top of what the provider counted, which he calls an estimate. */
const COUNT_MARGIN_TOKENS = 32;

export interface Reserved {
  /** As it was reserved: perhaps by a closer bound than it was planned with. */
  readonly plan: CallPlan;
  readonly hold: Hold;
}

/** Reserves for calls: by the upper bound, and near a hard limit by what the provider counts. */
@Injectable()
export class CallReservations {
  constructor(
    private readonly model: AnthropicLlm,
    private readonly ledger: CallLedger,
    private readonly prices: Prices,
    private readonly log: Log,
  ) {}

  /** Throws budget-exhausted. Where only the upper bound is refused and the estimate would fit, the provider counts first. */
  async reserve(plan: CallPlan, fence: bigint, signal: AbortSignal): Promise<Reserved> {
    try {
      return { plan, hold: await this.ledger.reserve(plan, fence) };
    } catch (error) {
      if (!(error instanceof BudgetExhaustedError) || !this.mayFit(plan, error)) throw error;
      const counted = await this.counted(plan, signal);
      if (!counted) throw error;
      return { plan: counted, hold: await this.ledger.reserve(counted, fence) };
    }
  }

  private mayFit(plan: CallPlan, { facts }: BudgetExhaustedError): boolean {
    const { atMost, model } = withInput(plan, plan.typicalInput);
    const need = facts.unit === 'tokens' ? limitTokens(atMost) : usdFromNano(this.prices.current.cost(model, atMost));
    return facts.remaining !== undefined && need <= facts.remaining;
  }

  private async counted(plan: CallPlan, signal: AbortSignal): Promise<CallPlan | undefined> {
    const { request, model } = plan;
    try {
      const input = await this.model.countInput({ request, model, signal });
      return withInput(plan, input + COUNT_MARGIN_TOKENS);
    } catch (error) {
      this.log.debug('The provider did not count a prompt; its upper bound stands.', { error });
      return undefined;
    }
  }
}
