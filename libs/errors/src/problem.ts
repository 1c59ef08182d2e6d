import { STATUS_CODES } from 'node:http';
import type { ErrorCode } from './codes';
import { DomainError, type ErrorFacts, type ErrorKind } from './domain-error';

const STATUS: Record<ErrorKind, number> = {
  unreadable: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  gone: 410,
  'too-large': 413,
  invalid: 422,
  limit: 429,
  cancelled: 409,
  'bad-upstream': 502,
  unavailable: 503,
  timeout: 504,
};

/** RFC 9457 `application/problem+json` with a stable code. */
export interface Problem extends ErrorFacts {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  /** The id of the request. */
  readonly instance?: string;
}

/** The problem of any error. What is no DomainError is a bug: the client learns the request's id and nothing else. */
export function problemOf(error: unknown, instance?: string): Problem {
  if (error instanceof DomainError) {
    const status = STATUS[error.kind];
    // The facts come first, so that none can overwrite `type` or `status`.
    return { ...error.facts, ...problemHead(error.code, status), detail: error.message, ...(instance && { instance }) };
  }
  const detail = 'Something went wrong inside Memori. The log holds the cause under this request id.';
  return { ...problemHead('internal', 500), detail, ...(instance && { instance }) };
}

function problemHead(code: ErrorCode, status: number) {
  return { type: `urn:memori:problem:${code}`, title: STATUS_CODES[status] ?? 'Error', status, code };
}
