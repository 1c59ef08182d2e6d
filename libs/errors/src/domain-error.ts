import type { ErrorCode } from './codes';

/** What went wrong in terms of the domain; the HTTP status follows from it in one place. */
export type ErrorKind =
  | 'unreadable'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'gone'
  | 'too-large'
  | 'invalid'
  | 'limit'
  | 'cancelled'
  | 'bad-upstream'
  | 'unavailable'
  | 'timeout';

/** One wrong place in a body: a JSON pointer and what is wrong there. */
export interface FieldError {
  readonly pointer: string;
  readonly message: string;
}

/** Facts that travel to the client with the error. Never a secret, a prompt or a row. */
export interface ErrorFacts {
  readonly errors?: readonly FieldError[];
  readonly limitSource?: string;
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
  readonly remaining?: number;
  readonly resetsAt?: string;
  readonly [fact: string]: unknown;
}

/** A failure that a caller can understand. Any other error is a bug and becomes a 500 that tells the client nothing. */
export class DomainError extends Error {
  constructor(
    readonly kind: ErrorKind,
    readonly code: ErrorCode,
    message: string,
    readonly facts: ErrorFacts = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'DomainError';
  }
}
