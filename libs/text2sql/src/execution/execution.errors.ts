import { DomainError } from '@memori/errors';

/** PostgreSQL refused the statement, or failed while it ran. The message has its values masked. */
export class SqlFailedError extends DomainError {
  constructor(
    message: string,
    readonly sqlstate: string,
    /** In characters of the SQL as given, from 1. */
    readonly position?: number,
  ) {
    super('invalid', 'sql-failed', message, { sqlstate, ...(position !== undefined && { position }) });
  }
}

export class SqlTimeoutError extends DomainError {
  constructor(timeoutMs: number, what = 'The statement ran') {
    const message = `${what} for more than ${timeoutMs} ms and was stopped. Ask for less data, or raise MEMORI_STATEMENT_TIMEOUT_MS.`;
    super('timeout', 'sql-timeout', message, { retryable: false });
  }
}

export class ResultTooLargeError extends DomainError {
  constructor(maxBytes: number) {
    const message = `The result is larger than ${maxBytes} bytes (MEMORI_MAX_RESULT_BYTES). Ask for fewer rows or narrower columns.`;
    super('too-large', 'result-too-large', message, { maxBytes });
  }
}

export class SqlCancelledError extends DomainError {
  constructor() {
    super('cancelled', 'cancelled', 'The statement was cancelled.');
  }
}
