import { DomainError } from '@memori/errors';
import { budgetLines, type AccountLine, type BudgetLine } from './budget-line';
import { usdFromNano } from './money';

export interface Asked {
  readonly tokens: number;
  readonly nanoUsd: bigint;
}

/** A limit that the call would break. Nothing was reserved and nothing was sent. */
export class BudgetExhaustedError extends DomainError {
  constructor(account: AccountLine, asked: Asked) {
    const line = refusingLine(account, asked);
    const need = line.unit === 'tokens' ? asked.tokens : usdFromNano(asked.nanoUsd);
    super('limit', 'budget-exhausted', messageOf(line, need), {
      limitSource: `${line.scope}/${line.window}`,
      unit: line.unit,
      limit: line.limit,
      remaining: line.remaining,
      asked: need,
      retryable: false,
      ...(line.resetsAt && { resetsAt: line.resetsAt }),
      ...(account.resetsInMs !== null && { retryAfterMs: account.resetsInMs }),
    });
    this.name = 'BudgetExhaustedError';
  }
}

/** Of the units of an account the one that refuses. */
export function refusingLine(account: AccountLine, asked: Asked): BudgetLine {
  const lines = budgetLines(account);
  const isBroken = (line: BudgetLine) =>
    line.posted + line.held + (line.unit === 'tokens' ? asked.tokens : usdFromNano(asked.nanoUsd)) > line.limit;
  const line = lines.find(isBroken) ?? lines[0];
  if (!line) throw new Error('An account without a limit cannot refuse a call.');
  return line;
}

const WINDOWS = { day: 'daily', month: 'monthly', total: 'total' } as const;

function messageOf(line: BudgetLine, need: number): string {
  const limit = `The ${WINDOWS[line.window]} limit of this ${line.scope === 'global' ? 'installation' : line.scope}`;
  const call = `the call may need up to ${amount(need, line)}`;
  if (need > line.limit)
    return `${limit} (${amount(line.limit, line)}) is too small for this: ${call}. Raise the limit or ask for less.`;
  const reset = line.resetsAt ? ` It resets at ${line.resetsAt}.` : '';
  return `${limit} is used up: ${amount(line.remaining, line)} of ${amount(line.limit, line)} are left, and ${call}.${reset}`;
}

function amount(value: number, { unit }: BudgetLine): string {
  return unit === 'tokens' ? `${value.toLocaleString('en-US')} tokens` : `${value.toFixed(4)} USD`;
}
