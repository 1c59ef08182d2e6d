import { DomainError, type ErrorFacts } from '@memori/errors';

/** No key for Claude: whatever needs no model works all the same. */
export function modelNotConfigured(): DomainError {
  return new DomainError(
    'unavailable',
    'model-not-configured',
    'No model is configured: set MEMORI_ANTHROPIC_API_KEY in .env.memori.local or in the environment, and start Memori again.',
    { retryable: false },
  );
}

/** A model that no price is known for. */
export function modelNotAllowed(model: string, known: readonly string[]): DomainError {
  return new DomainError(
    'invalid',
    'model-not-allowed',
    `The model "${model.slice(0, 100)}" is not in the price table. Ask for one of: ${known.join(', ')}.`,
    { errors: [{ pointer: '/model', message: 'is not in the price table' }] },
  );
}

/** One attempt would be longer than MEMORI_PER_REQUEST_TOKEN_LIMIT allows. */
export function requestTooExpensive(estimated: number, limit: number): DomainError {
  return new DomainError(
    'limit',
    'budget-exhausted',
    `This call would send about ${estimated} tokens; one call may send ${limit}. Shorten the question, register fewer ` +
      'schemas in the data source, or raise MEMORI_PER_REQUEST_TOKEN_LIMIT.',
    { limitSource: 'request', limit, asked: estimated, remaining: limit, retryable: false },
  );
}

export type InvalidReply = 'empty' | 'prose' | 'broken-json' | 'other-shape' | 'max-tokens' | 'stopped-early';

/** The model answered, but not what it was asked for. */
export function replyInvalid(reason: InvalidReply, message: string, cause?: unknown): DomainError {
  return new DomainError('bad-upstream', 'model-reply-invalid', message, { reason, retryable: true }, { cause });
}

/** The model declined to answer. */
export function refusedByModel(): DomainError {
  return upstream('provider-refused', 'Claude declined to answer this question. Put it in other words.');
}

export function upstream(
  code: 'provider-refused' | 'provider-unavailable' | 'model-not-allowed',
  message: string,
  facts: ErrorFacts = {},
  cause?: unknown,
): DomainError {
  return new DomainError('bad-upstream', code, message, { retryable: false, ...facts }, { cause });
}

export function spendLimitReached(cause?: unknown): DomainError {
  return new DomainError(
    'unavailable',
    'provider-spend-limit',
    "The account at Anthropic has reached its spending limit. Raise it in Anthropic's console, or wait for the next month.",
    { limitSource: 'provider', retryable: false },
    { cause },
  );
}

export function cancelled(): DomainError {
  return new DomainError('cancelled', 'cancelled', 'The call to the model was cancelled.');
}
