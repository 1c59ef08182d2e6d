import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { ProblemFilter } from '../http/problem.filter';
import { RolesGuard } from '../http/roles.guard';
import { ValidatingPipe } from '../http/validating.pipe';
import { HealthController } from './health.controller';
import { Lifecycle } from './lifecycle';
import { MetricsController } from './metrics.controller';

/** What every process serves, a worker too: probes, metrics, and errors in one form. */
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController, MetricsController],
  providers: [
    Lifecycle,
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_GUARD, useClass: RolesGuard },
    { provide: APP_PIPE, useClass: ValidatingPipe },
  ],
  exports: [Lifecycle],
})
export class HealthModule {}
