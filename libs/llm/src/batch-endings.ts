import { Injectable } from '@nestjs/common';
import { Budget, type Hold } from '@memori/budget';
import { Metrics } from '@memori/monitoring';
import { BackgroundFailures } from './background-failures';
import { BackgroundRepository } from './background-repository';
import type { ClaimedRequest } from './background-request';
import type { CallEnding } from './call-ending';
import { surely } from './surely';

/**
 * Ends one request of a batch: first in the ledger, then in its row. Whoever dies in between does both again, and the
 * second settlement charges nothing.
 */
@Injectable()
export class BatchEndings {
  constructor(
    private readonly budget: Budget,
    private readonly repository: BackgroundRepository,
    private readonly failures: BackgroundFailures,
    private readonly metrics: Metrics,
  ) {}

  /** Throws when the ledger stays out of reach: then the batch is looked at once more. */
  async end(request: ClaimedRequest, hold: Hold, { outcome, usage, reasons, result }: CallEnding): Promise<void> {
    const { costNanoUsd, result: settled } = await surely(() => this.budget.settle(hold, usage, { outcome, reasons }));
    if (settled !== 'already') this.metrics.attemptEnded({ model: hold.model, outcome, usage, costNanoUsd });
    if ('error' in result) await this.failures.note(request, result.error);
    else await this.repository.end(request, result.json);
  }
}
