import { Module } from '@nestjs/common';
import { Budget } from './budget';
import { BudgetReaper } from './budget-reaper';
import { Prices } from './prices';
import { QuestionSpend } from './question-spend';
import { UsageReport } from './usage-report';

/** Needs DatabaseModule, ConfigModule and MonitoringModule at the root. */
@Module({
  providers: [Prices, Budget, BudgetReaper, QuestionSpend, UsageReport],
  exports: [Prices, Budget, BudgetReaper, QuestionSpend, UsageReport],
})
export class BudgetModule {}
