import { usdFromNano } from './money';

/** How one limit stands. Amounts are in `unit`. */
export interface BudgetLine {
  readonly scope: string;
  readonly window: 'day' | 'month' | 'total';
  readonly unit: 'tokens' | 'usd';
  readonly limit: number;
  readonly posted: number;
  readonly held: number;
  readonly remaining: number;
  /** ISO 8601; null for a limit that never resets. */
  readonly resetsAt: string | null;
}

/** What `memori.budget_line` answers: both units of one account. */
export interface AccountLine {
  readonly scope: string;
  readonly period: BudgetLine['window'];
  readonly resetsAt: string | null;
  readonly resetsInMs: number | null;
  readonly limitTokens: number | null;
  readonly postedTokens: number;
  readonly heldTokens: number;
  readonly limitNanoUsd: string | null;
  readonly postedNanoUsd: string;
  readonly heldNanoUsd: string;
}

/** One line for each unit that the account limits. */
export function budgetLines(account: AccountLine): BudgetLine[] {
  const { scope, period: window, resetsAt } = account;
  const lines: BudgetLine[] = [];
  if (account.limitTokens !== null) {
    const { limitTokens: limit, postedTokens: posted, heldTokens: held } = account;
    lines.push({
      scope,
      window,
      unit: 'tokens',
      limit,
      posted,
      held,
      remaining: Math.max(0, limit - posted - held),
      resetsAt,
    });
  }
  if (account.limitNanoUsd !== null) {
    const [limit, posted, held] = [account.limitNanoUsd, account.postedNanoUsd, account.heldNanoUsd].map(BigInt) as [
      bigint,
      bigint,
      bigint,
    ];
    const left = limit - posted - held;
    lines.push({
      scope,
      window,
      unit: 'usd',
      limit: usdFromNano(limit),
      posted: usdFromNano(posted),
      held: usdFromNano(held),
      remaining: usdFromNano(left > 0n ? left : 0n),
      resetsAt,
    });
  }
  return lines;
}
