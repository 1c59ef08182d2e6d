/** The ledger: reserve, settle, release; limits, prices, usage. Knows no provider: tokens by kind, money, opaque names. */
export { Budget } from './budget';
export { BudgetExhaustedError } from './budget-exhausted.error';
export type { BudgetLine } from './budget-line';
export { BudgetModule } from './budget.module';
export { BudgetReaper } from './budget-reaper';
export type { CallScope, ChargeReason, Hold, Reservation, SettleDetails, Settlement } from './hold';
export { nanoFromUsd, usdFromNano } from './money';
export type { ModelPrice } from './price-list';
export { PriceTable, UnknownModelError } from './price-table';
export { Prices } from './prices';
export { QuestionSpend, type Spend } from './question-spend';
export { addUsage, limitTokens, NO_USAGE, promptTokens, type TokenUsage } from './token-usage';
export { USAGE_GROUPS, UsageReport, type UsageGroup, type UsageItem, type UsageQuery } from './usage-report';
