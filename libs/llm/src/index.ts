/** The one door to the model: every call holds a slot and a reservation, and ends as one row in the ledger. */
export { BackgroundConsumers, type BackgroundConsumer } from './background-consumers';
export { BackgroundLlm } from './background-llm';
export type { BackgroundReply } from './background-repository';
export type { BackgroundRequest, Submitted } from './background-request';
export { BackgroundRunner } from './background-runner';
export { BackgroundSettings } from './background-settings';
export { BackgroundModule } from './background.module';
export { estimateTokens } from './estimate-tokens';
export { estimateInput } from './estimate-request';
export {
  chargeOf,
  Llm,
  type JsonSchema,
  type LlmBlock,
  type LlmCharge,
  type LlmMessage,
  type LlmPurpose,
  type LlmQuote,
  type LlmReply,
  type LlmRequest,
} from './llm';
export { LlmModule } from './llm.module';
export { MeteredLlm } from './metered-llm';
export { modelFindings, type ModelFinding } from './model-findings';
export { MustWaitError, type WaitReason } from './must-wait.error';
export { modelNotAllowed, modelNotConfigured } from './llm-errors';
export { outgoingFetch } from './outgoing-fetch';
/** What callers of the model may look at: how their limits stand, what a call may cost, when a slot is free again. */
export {
  Budget,
  type BudgetLine,
  limitTokens,
  Prices,
  promptTokens,
  QuestionSpend,
  type Spend,
  usdFromNano,
} from '@memori/budget';
export { SlotLine } from '@memori/concurrency';
