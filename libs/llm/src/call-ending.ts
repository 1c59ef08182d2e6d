import { NO_USAGE, type ChargeReason, type TokenUsage } from '@memori/budget';
import type { DomainError } from '@memori/errors';
import { errorOfFault, type FaultContext } from './fault-error';
import type { Interrupter } from './interruption';
import { judgeReply } from './judge-reply';
import type { JsonSchema } from './llm';
import { cancelled } from './llm-errors';
import { MustWaitError } from './must-wait.error';
import { ProviderError, providerFaultOf, type ProviderFault } from './provider-fault';
import type { StreamEvidence } from './stream-evidence';

/** How an attempt that was sent ended: what to charge, what to write down, what to answer. */
export interface CallEnding {
  readonly outcome: string;
  readonly usage: TokenUsage;
  readonly reasons: readonly ChargeReason[];
  readonly result: { readonly json: unknown } | { readonly error: Error };
  /** By which the provider finds the call. */
  readonly requestId?: string;
  /** The provider asks everybody to wait. */
  readonly pauseMs?: number;
}

export interface EndedCall {
  readonly evidence: StreamEvidence;
  readonly atMost: TokenUsage;
  readonly schema: JsonSchema;
  readonly context: FaultContext;
}

/** A whole reply: charged as reported, whether it can be used or not. */
export function endingOfReply(call: EndedCall): CallEnding {
  const verdict = judgeReply(call.evidence.stopReason, call.evidence.text, call.schema);
  const outcome = 'error' in verdict ? verdict.outcome : 'answered';
  return { outcome, ...billed(call), ...requestIdOf(call), result: verdict };
}

/** Stopped by us: charged for the input and for what was streamed until then. */
export function endingOfInterruption(call: EndedCall, by: Interrupter): CallEnding {
  return {
    outcome: by,
    ...billed(call),
    ...requestIdOf(call),
    result: { error: errorOfInterruption(by, call.context) },
  };
}

/** Failed by itself. Undefined: an error that has nothing to do with the provider. */
export function endingOfFailure(call: EndedCall, cause: unknown): CallEnding | undefined {
  const fault = providerFaultOf(cause);
  if (!fault) return undefined;
  return {
    outcome: fault.kind,
    ...requestIdOf(call, fault.requestId),
    ...(fault.isUnbilled ? { usage: NO_USAGE, reasons: [] } : billed(call)),
    result: { error: errorOfFault(fault, call.context, new ProviderError(cause)) },
    ...(fault.kind === 'rate-limited' && fault.retryAfterMs !== undefined && { pauseMs: fault.retryAfterMs }),
  };
}

/** A bug of ours while the call was on its way: charged like an interruption, and thrown as it is. */
export function endingOfBug(call: EndedCall, error: unknown): CallEnding {
  return {
    outcome: 'failed',
    ...billed(call),
    ...requestIdOf(call),
    result: { error: error instanceof Error ? error : new Error(String(error)) },
  };
}

/** The input as the provider told it; never told, the most that it can be, and flagged. */
export function billed({
  evidence,
  atMost,
}: Pick<EndedCall, 'evidence' | 'atMost'>): Pick<CallEnding, 'usage' | 'reasons'> {
  if (evidence.hasStarted) return { usage: evidence.usage, reasons: [] };
  return { usage: { ...atMost, outputTokens: evidence.usage.outputTokens }, reasons: ['unknown_usage'] };
}

function requestIdOf({ evidence }: EndedCall, requestId = evidence.requestId): Pick<CallEnding, 'requestId'> {
  return requestId ? { requestId } : {};
}

export function errorOfInterruption(by: Interrupter, context: FaultContext): MustWaitError | DomainError {
  switch (by) {
    case 'cancelled':
      return cancelled();
    case 'timeout':
      return errorOfFault({ kind: 'timeout', isUnbilled: false } satisfies ProviderFault, context);
    case 'lease-lost':
      return new MustWaitError({
        reason: 'lease-lost',
        retryAfterMs: 1000,
        countsAsAttempt: false,
        message: 'The slot of this call could not be kept.',
      });
    case 'shutting-down':
      return new MustWaitError({
        reason: 'shutting-down',
        retryAfterMs: 0,
        countsAsAttempt: false,
        message: 'This instance of Memori is shutting down.',
      });
  }
}
