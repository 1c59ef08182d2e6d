/** What PostgreSQL expects of a statement, in its own units of cost (a page read in sequence is 1). */
export interface PlanEstimate {
  readonly estimatedRows: number;
  /** Before the first row comes. */
  readonly startupCost: number;
  /** Until the last row has come. */
  readonly totalCost: number;
}

const FIRST_LINE = /\(cost=(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?) rows=(\d+(?:\.\d+)?) width=\d+\)/;

/** Reads the first line of what EXPLAIN prints. What is not understood costs nothing. */
export function planEstimate(line: string): PlanEstimate {
  const [, startup, total, rows] = FIRST_LINE.exec(line) ?? [];
  return { startupCost: Number(startup ?? 0), totalCost: Number(total ?? 0), estimatedRows: Number(rows ?? 0) };
}

/** What the first `rows` of it cost, as PostgreSQL reckons a LIMIT. */
export function costOfRows({ startupCost, totalCost, estimatedRows }: PlanEstimate, rows: number): number {
  const share = Math.min(1, rows / Math.max(1, estimatedRows));
  return startupCost + (totalCost - startupCost) * share;
}
