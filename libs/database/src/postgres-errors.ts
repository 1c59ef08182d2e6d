import { DomainError } from '@memori/errors';

/** The SQLSTATE of an error of `pg` or TypeORM, or the system's code of a network error (`ECONNREFUSED`). */
export function errorCodeOf(error: unknown): string | undefined {
  const { code, driverError } = (error ?? {}) as { code?: unknown; driverError?: { code?: unknown } };
  if (typeof code === 'string') return code;
  return typeof driverError?.code === 'string' ? driverError.code : undefined;
}

/** A deadlock or a serialization failure: the same work, done again, may well succeed. */
export function isConflict(error: unknown): boolean {
  const code = errorCodeOf(error);
  return code === '40001' || code === '40P01';
}

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);
// Server shutting down or starting, too many connections, connection exceptions.
const SERVER = /^(57P0[1-5]|53300|08\d{3})$/;
const LOST =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying)/;

/** True when nobody answered, as opposed to: the server answered and refused. */
export function isUnreachable(error: unknown): boolean {
  const code = errorCodeOf(error);
  if (code !== undefined && (NETWORK.has(code) || SERVER.test(code))) return true;
  return error instanceof Error && LOST.test(error.message);
}

/** Memori's own database does not answer. The caller may try again: nothing half-written is left behind. */
export class DatabaseUnavailableError extends DomainError {
  constructor(cause: unknown) {
    const message = "Memori's own database does not answer at the moment; try again.";
    super('unavailable', 'database-unavailable', message, { retryable: true, retryAfterMs: 1000 }, { cause });
  }
}

export function translated(error: unknown): unknown {
  return isUnreachable(error) ? new DatabaseUnavailableError(error) : error;
}
