import { costOfRows, type PlanEstimate } from '../execution/plan-estimate';

/**
 * Units of cost that PostgreSQL works off in a millisecond, at the very best. Assumed, not measured: some hundreds
 * where all is in memory, and estimates that are often wrong by a factor of ten.
 */
const MOST_COST_PER_MS = 3000;

/** SQL that, by its plan, would be stopped by the timeout long before its first rows are there. Nothing ran. */
export class PlanTooDearError extends Error {
  constructor(readonly estimate: PlanEstimate) {
    super('By its plan the statement cannot end in time.');
  }
}

/** The most that the rows which are fetched may cost, by plan, to be there within the timeout. */
export function mostCost(statementTimeoutMs: number): number {
  return statementTimeoutMs * MOST_COST_PER_MS;
}

/** Throws when a plan cannot keep to the timeout, even if PostgreSQL thinks ten times too ill of it. */
export function checkPlan(
  plan: PlanEstimate,
  limits: { readonly maxRows: number; readonly statementTimeoutMs: number },
): void {
  if (costOfRows(plan, limits.maxRows + 1) > mostCost(limits.statementTimeoutMs)) throw new PlanTooDearError(plan);
}
