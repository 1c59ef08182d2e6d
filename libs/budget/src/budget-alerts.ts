import type { Log, Metrics } from '@memori/monitoring';
import type { LimitScope, LimitWindow } from './limits';

/** What `memori.raise_alert` answers to whoever crossed the line; the same lies in memori.events. */
export interface AlertRow {
  readonly accountId: string;
  readonly scope: LimitScope;
  readonly window: LimitWindow;
}

/** Tells of alerts that this process raised: it alone was told of them. The account's id leads to the rest. */
export function tellAlerts(alerts: readonly AlertRow[] | undefined, metrics: Metrics, log: Log | undefined): void {
  for (const { accountId, scope, window } of alerts ?? []) {
    metrics.budgetAlert(scope, window);
    log?.warn('Spending has reached the alert threshold of a budget.', { accountId, scope, window });
  }
}
