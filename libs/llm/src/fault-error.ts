import type { DomainError } from '@memori/errors';
import { backoffMs, spreadMs } from './backoff';
import { spendLimitReached, upstream } from './llm-errors';
import { MustWaitError, type WaitFacts } from './must-wait.error';
import type { ProviderFault } from './provider-fault';

export interface FaultContext {
  readonly model: string;
  /** Attempts at the same question that failed before. */
  readonly failedAttempts: number;
  /** Overloads of this model before this one, over all questions. Asked only when there is one more. */
  readonly overloadsBefore: () => number;
  /** 0 to 1. */
  readonly random: number;
  readonly timeoutMs: number;
}

/** What the caller gets for a fault of the provider: a wait, or an error that waiting does not mend. */
export function errorOfFault(
  fault: ProviderFault,
  context: FaultContext,
  cause?: unknown,
): MustWaitError | DomainError {
  switch (fault.kind) {
    case 'rate-limited':
      return wait(fault, context, cause, 'rate-limited', false, 'Claude limits the rate of calls for now.');
    case 'overloaded':
      return wait(fault, afterOverloads(context), cause, 'overloaded', false, 'Claude is overloaded for now.');
    case 'unavailable':
      return passing(fault, context, cause, `Claude failed to answer (${statusOf(fault)}).`);
    case 'timeout':
      return passing(
        fault,
        context,
        cause,
        `Claude gave no whole answer within ${context.timeoutMs} ms (MEMORI_CLAUDE_TIMEOUT_MS).`,
      );
    case 'connection':
      return passing(
        fault,
        context,
        cause,
        'Claude could not be reached. Check the network and MEMORI_ANTHROPIC_BASE_URL.',
      );
    case 'cut-stream':
      return passing(fault, context, cause, 'The connection to Claude broke in the middle of the answer.');
    case 'spend-limit':
      return spendLimitReached(cause);
    case 'key-refused':
      return upstream(
        'provider-unavailable',
        `Claude refused the key (${statusOf(fault)}). Check MEMORI_ANTHROPIC_API_KEY.`,
        {},
        cause,
      );
    case 'model-unknown':
      return upstream(
        'model-not-allowed',
        `Claude does not serve the model "${context.model}" to this key (${statusOf(fault)}).`,
        {},
        cause,
      );
    case 'too-large':
      return upstream('provider-refused', `Claude refused the request as too large (${statusOf(fault)}).`, {}, cause);
    case 'bad-request':
      return upstream('provider-refused', `Claude refused the request as malformed (${statusOf(fault)}).`, {}, cause);
  }
}

/** An overload does not count as an attempt, so the question's own count would never make the wait longer. */
function afterOverloads(context: FaultContext): FaultContext {
  return { ...context, failedAttempts: Math.max(context.failedAttempts, context.overloadsBefore()) };
}

function passing(fault: ProviderFault, context: FaultContext, cause: unknown, message: string): MustWaitError {
  return wait(fault, context, cause, 'provider-unavailable', true, message);
}

function wait(
  fault: ProviderFault,
  { failedAttempts, random }: FaultContext,
  cause: unknown,
  reason: WaitFacts['reason'],
  countsAsAttempt: boolean,
  message: string,
): MustWaitError {
  const asked = fault.retryAfterMs;
  const retryAfterMs = asked === undefined ? backoffMs(failedAttempts, random) : spreadMs(asked, random);
  return new MustWaitError({ retryAfterMs, reason, countsAsAttempt, message, cause });
}

function statusOf({ status, requestId }: ProviderFault): string {
  const what = status === undefined ? 'an error within the stream' : `HTTP ${status}`;
  return requestId ? `${what}, request ${requestId}` : what;
}
