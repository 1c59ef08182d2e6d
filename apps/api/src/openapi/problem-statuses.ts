import type { ErrorCode } from '@memori/errors';

/**
 * The status that each code comes with. For the document alone: at run time the status follows from the kind of the
 * error. A record, so that a new code without a status does not compile.
 */
export const STATUS_OF_CODE: Record<ErrorCode, number> = {
  'invalid-request': 422,
  unauthenticated: 401,
  forbidden: 403,
  'acting-for-not-allowed': 403,
  'not-found': 404,
  conflict: 409,
  'idempotency-key-reused': 422,
  'question-too-long': 413,
  'request-too-large': 413,
  'budget-exhausted': 429,
  'queue-full': 503,
  'queue-timeout': 504,
  'provider-rate-limited': 503,
  'provider-overloaded': 503,
  'provider-spend-limit': 503,
  'provider-refused': 502,
  'provider-unavailable': 503,
  'model-not-configured': 503,
  'model-not-allowed': 422,
  'model-reply-invalid': 502,
  'sql-not-allowed': 422,
  'sql-failed': 422,
  'sql-timeout': 504,
  'result-too-large': 413,
  'data-source-unreachable': 502,
  'data-source-credentials': 502,
  'data-source-address': 422,
  'own-database': 422,
  'schema-empty': 422,
  'session-expired': 410,
  cancelled: 409,
  'shutting-down': 503,
  'database-unavailable': 503,
  internal: 500,
};
