import { DomainError, problemOf } from '@memori/errors';
import type { AnswerProblem } from './answer';

/** More questions wait than are allowed to: nothing that the asker did, so that it is 503 and not 429. */
export function queueFullError(limit: number): DomainError {
  return new DomainError(
    'unavailable',
    'queue-full',
    `${limit} questions are waiting already (MEMORI_QUEUE_MAX_WAITING). Ask again in a moment.`,
    { limitSource: 'queue', limit, remaining: 0, retryable: true, retryAfterMs: 5000 },
  );
}

/** Questions come faster than they can be written down: the same to the asker as a line that is full. */
export function intakeBusyError(): DomainError {
  return new DomainError(
    'unavailable',
    'queue-full',
    'More questions are being asked at once than can be taken in. Ask again in a moment.',
    { limitSource: 'queue', retryable: true, retryAfterMs: 5000 },
  );
}

export function queueTimeoutError(seconds: number): DomainError {
  return new DomainError(
    'timeout',
    'queue-timeout',
    `The question waited for more than ${seconds} s (MEMORI_QUEUE_MAX_WAIT_SECONDS) without getting its turn. Ask again.`,
    { limitSource: 'queue', retryable: true },
  );
}

export function cancelledError(): DomainError {
  return new DomainError('cancelled', 'cancelled', 'The question was cancelled.', { retryable: false });
}

export function shuttingDownError(): DomainError {
  return new DomainError('unavailable', 'shutting-down', 'Memori is shutting down. Ask again in a moment.', {
    retryable: true,
    retryAfterMs: 2000,
  });
}

/** The problem as it stands in an Answer and in the event `error`. */
export function questionProblem(error: unknown, questionId: string, requestId: string | undefined): AnswerProblem {
  return { ...problemOf(error, requestId), questionId };
}

/** 429 and 503 are not stored under an idempotency key: the same request may well succeed later. */
export function isForgotten(problem: AnswerProblem): boolean {
  return problem.status === 429 || problem.status === 503;
}
