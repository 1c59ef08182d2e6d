import { DomainError } from '@memori/errors';
import { backoffMs } from './backoff';
import type { BackgroundProblem } from './background-request';
import { MustWaitError } from './must-wait.error';

const SHORTEST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 6 * 3_600_000;

/** What becomes of a request whose attempt failed. */
export type BackgroundVerdict =
  | { readonly kind: 'wait'; readonly delayMs: number; readonly counts: boolean; readonly problem: BackgroundProblem }
  | { readonly kind: 'fail'; readonly problem: BackgroundProblem };

/**
 * Nobody waits for this work, so that everything passing is waited for, a used-up budget too. What counts as an attempt
 * is tried `mostAttempts` times in all. `random` is between 0 and 1.
 */
export function judgeFailure(
  error: unknown,
  { attempts, mostAttempts, random }: { attempts: number; mostAttempts: number; random: number },
): BackgroundVerdict {
  const passing = passingOf(error, attempts, random);
  const problem = problemFor(error);
  if (!passing || (passing.counts && attempts + 1 >= mostAttempts)) return { kind: 'fail', problem };
  return { kind: 'wait', delayMs: between(passing.delayMs), counts: passing.counts, problem };
}

/** Undefined: waiting does not mend it. */
function passingOf(error: unknown, attempts: number, random: number): { delayMs: number; counts: boolean } | undefined {
  if (error instanceof MustWaitError) return { delayMs: error.retryAfterMs, counts: error.countsAsAttempt };
  // A bug, or a database that is away: tried again, and given up when it stays.
  if (!(error instanceof DomainError)) return { delayMs: backoffMs(attempts, random), counts: true };
  const { limitSource, retryable, retryAfterMs } = error.facts;
  // A new day brings new budget; a prompt that is too long for one call stays so.
  if (error.code === 'budget-exhausted' && limitSource !== 'request')
    return { delayMs: retryAfterMs ?? LONGEST_WAIT_MS, counts: false };
  return retryable === true ? { delayMs: retryAfterMs ?? backoffMs(attempts, random), counts: true } : undefined;
}

/** For people who look at what failed. Our own errors quote no prompt and no reply. */
export function problemFor(error: unknown): BackgroundProblem {
  if (error instanceof MustWaitError) return problemFor(error.asFailure());
  if (error instanceof DomainError) return { code: error.code, message: error.message };
  return { code: 'internal', message: 'Something went wrong inside Memori. The log holds the cause.' };
}

function between(ms: number): number {
  return Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, Math.ceil(ms)));
}
