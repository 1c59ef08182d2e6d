import { Module } from '@nestjs/common';
import { BudgetModule } from '@memori/budget';
import { ConcurrencyModule } from '@memori/concurrency';
import { AnthropicLlm } from './anthropic-llm';
import { CallLedger } from './call-ledger';
import { Llm } from './llm';
import { MeteredLlm } from './metered-llm';
import { Randomness } from './randomness';

/** Exports the metered model, and the ledger to look at: nobody else can reach the provider. */
@Module({
  imports: [BudgetModule, ConcurrencyModule],
  providers: [AnthropicLlm, Randomness, CallLedger, MeteredLlm, { provide: Llm, useExisting: MeteredLlm }],
  exports: [Llm, MeteredLlm, BudgetModule, ConcurrencyModule],
})
export class LlmModule {}
