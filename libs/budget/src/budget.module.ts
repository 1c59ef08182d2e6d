import { Module } from '@nestjs/common';
import { PrivacyModule } from '@memori/privacy';
import { Budget } from './budget';
import { BudgetLimits } from './budget-limits';
import { BudgetReaper } from './budget-reaper';
import { LedgerAudit } from './ledger-audit';
import { PriceAdmin } from './price-admin';
import { Prices } from './prices';
import { QuestionSpend } from './question-spend';
import { UsageReport } from './usage-report';
import { BudgetEraser } from './budget-eraser';

/** Needs DatabaseModule, ConfigModule and MonitoringModule at the root. */
@Module({
  imports: [PrivacyModule],
  providers: [BudgetEraser, Prices, Budget, BudgetReaper, LedgerAudit, QuestionSpend, UsageReport],
  exports: [Prices, Budget, BudgetReaper, LedgerAudit, QuestionSpend, UsageReport],
})
export class BudgetModule {}

/** What administrators do with it. Needs SecurityModule as well. */
@Module({
  imports: [BudgetModule],
  providers: [BudgetLimits, PriceAdmin],
  exports: [BudgetModule, BudgetLimits, PriceAdmin],
})
export class BudgetAdminModule {}
