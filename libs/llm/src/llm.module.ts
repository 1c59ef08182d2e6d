import { Module } from '@nestjs/common';
import { BudgetModule } from '@memori/budget';
import { ConcurrencyModule } from '@memori/concurrency';
import { AnthropicLlm } from './anthropic-llm';
import { CallLedger } from './call-ledger';
import { CallReservations } from './call-reservations';
import { Llm } from './llm';
import { MeteredLlm } from './metered-llm';
import { ProviderHealth } from './provider-health';
import { Randomness } from './randomness';
import { TokenRatios } from './token-ratios';

/** Exports the metered model, and the ledger to look at: nobody else can reach the provider. */
@Module({
  imports: [BudgetModule, ConcurrencyModule],
  providers: [
    AnthropicLlm,
    Randomness,
    CallLedger,
    CallReservations,
    ProviderHealth,
    TokenRatios,
    MeteredLlm,
    { provide: Llm, useExisting: MeteredLlm },
  ],
  exports: [Llm, MeteredLlm, BudgetModule, ConcurrencyModule],
})
export class LlmModule {}
