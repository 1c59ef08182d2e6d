import { Module } from '@nestjs/common';
import { Budget } from './budget';
import { BudgetLimits } from './budget-limits';
import { BudgetReaper } from './budget-reaper';
import { LedgerAudit } from './ledger-audit';
import { PriceAdmin } from './price-admin';
import { Prices } from './prices';
import { QuestionSpend } from './question-spend';
import { UsageReport } from './usage-report';

/** Needs DatabaseModule, ConfigModule, MonitoringModule and SecurityModule at the root. */
@Module({
  providers: [Prices, PriceAdmin, Budget, BudgetLimits, BudgetReaper, LedgerAudit, QuestionSpend, UsageReport],
  exports: [Prices, PriceAdmin, Budget, BudgetLimits, BudgetReaper, LedgerAudit, QuestionSpend, UsageReport],
})
export class BudgetModule {}
