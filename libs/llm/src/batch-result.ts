import type { Message, MessageBatchResult } from '@anthropic-ai/sdk/resources/messages';
import { NO_USAGE } from '@memori/budget';
import { endingOfReply, type CallEnding } from './call-ending';
import type { CallPlan } from './call-plan';
import type { FaultContext } from './fault-error';
import { upstream } from './llm-errors';
import { MustWaitError } from './must-wait.error';
import { StreamEvidence } from './stream-evidence';

const AGAIN_MS = 60_000;

/** How one item of a batch ended: what to charge, what to write down, what to answer. Only what succeeded is billed. */
export function endingOfResult(result: MessageBatchResult, plan: CallPlan, context: FaultContext): CallEnding {
  switch (result.type) {
    case 'succeeded':
      return endingOfReply({
        evidence: evidenceOf(result.message, plan),
        atMost: plan.atMost,
        schema: plan.request.schema,
        context,
      });
    case 'errored':
      return unbilled('errored', errorOf(result.error.error.type));
    case 'expired':
      return unbilled('expired', passing('The batch was not processed within its day.', true));
    case 'canceled':
      return unbilled('cancelled', passing('The batch was cancelled at the provider.', true));
  }
}

/** The provider said that the batch had ended, and nothing about this item: charged as reserved, and flagged. */
export function endingOfSilence(plan: CallPlan): CallEnding {
  const error = passing('The results of the batch leave this request out.', true);
  return { outcome: 'no-result', usage: plan.atMost, reasons: ['unknown_usage'], result: { error } };
}

/** The batch never came to be. */
export function endingOfLoss(outcome: string, error: Error): CallEnding {
  return unbilled(outcome, error);
}

/** A whole message as the stream of it would have been. */
function evidenceOf(message: Message, { model, cacheWrites }: CallPlan): StreamEvidence {
  const evidence = new StreamEvidence(model, cacheWrites);
  evidence.take({ type: 'message_start', message });
  message.content.forEach((block, index) =>
    evidence.take({ type: 'content_block_start', index, content_block: block as never }),
  );
  const { stop_reason, stop_sequence, usage } = message;
  evidence.take({ type: 'message_delta', delta: { stop_reason, stop_sequence } as never, usage: usage as never });
  evidence.take({ type: 'message_stop' });
  return evidence;
}

function errorOf(type: string): Error {
  const isPassing = ['rate_limit_error', 'overloaded_error', 'api_error', 'timeout_error'].includes(type);
  if (isPassing) return passing(`Claude failed to answer (${type}).`, true);
  return upstream('provider-refused', 'Claude refused a request of the batch as malformed.');
}

function passing(message: string, countsAsAttempt: boolean): MustWaitError {
  return new MustWaitError({ reason: 'provider-unavailable', retryAfterMs: AGAIN_MS, countsAsAttempt, message });
}

function unbilled(outcome: string, error: Error): CallEnding {
  return { outcome, usage: NO_USAGE, reasons: [], result: { error } };
}
