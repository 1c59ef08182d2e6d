import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { BudgetAdminModule } from '@memori/budget';
import { Text2SqlModule } from '@memori/text2sql';
import { WebhooksModule } from '@memori/webhooks';
import { ApiKeysController } from './admin/api-keys.controller';
import { AuditController } from './admin/audit.controller';
import { BudgetsController } from './admin/budgets.controller';
import { MemorySettingsController } from './admin/memory-settings.controller';
import { PricesController } from './admin/prices.controller';
import { TenantsController } from './admin/tenants.controller';
import { UsersController } from './admin/users.controller';
import { WebhooksController } from './admin/webhooks.controller';
import { BudgetController } from './budget/budget.controller';
import { AliasesController } from './data-sources/aliases.controller';
import { GlossaryController } from './data-sources/glossary.controller';
import { DataSourcesController } from './data-sources/data-sources.controller';
import { HealthModule } from './health/health.module';
import { IdempotentCreations } from './http/idempotent-creations';
import { DeadLetters } from './jobs/dead-letters';
import { JobsController } from './jobs/jobs.controller';
import { QueueJobs } from './jobs/queue-jobs';
import { MeController } from './me/me.controller';
import { DocumentsController } from './memories/documents.controller';
import { MemoriesController } from './memories/memories.controller';
import { RecallController } from './memories/recall.controller';
import { AskController } from './questions/ask.controller';
import { QuestionsController } from './questions/questions.controller';
import { SessionsController } from './sessions/sessions.controller';
import { TurnsController } from './sessions/turns.controller';
import { SqlController } from './sql/sql.controller';
import { ProposedQueriesController } from './verified-queries/proposed-queries.controller';
import { VerifiedQueriesController } from './verified-queries/verified-queries.controller';

/** The HTTP doors. Text2SqlModule brings sessions and memories with it. */
@Module({
  imports: [HealthModule, Text2SqlModule, BudgetAdminModule, WebhooksModule],
  providers: [{ provide: APP_INTERCEPTOR, useClass: IdempotentCreations }, DeadLetters, QueueJobs],
  controllers: [
    AskController,
    QuestionsController,
    SqlController,
    DataSourcesController,
    AliasesController,
    GlossaryController,
    ProposedQueriesController,
    VerifiedQueriesController,
    SessionsController,
    TurnsController,
    RecallController,
    DocumentsController,
    MemoriesController,
    BudgetController,
    JobsController,
    MeController,
    TenantsController,
    UsersController,
    ApiKeysController,
    AuditController,
    BudgetsController,
    MemorySettingsController,
    PricesController,
    WebhooksController,
  ],
})
export class ApiModule {}
