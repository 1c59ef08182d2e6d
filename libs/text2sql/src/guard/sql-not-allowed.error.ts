import { DomainError } from '@memori/errors';
import type { Violation } from './guard-verdict';

/** The guard refused a statement; the facts say what it found. */
export class SqlNotAllowedError extends DomainError {
  constructor(readonly violations: readonly Violation[]) {
    super('invalid', 'sql-not-allowed', summary(violations), { violations });
  }
}

function summary(violations: readonly Violation[]): string {
  const first = violations[0]?.message ?? 'The statement is not allowed.';
  const more = violations.length - 1;
  return more > 0 ? `${first} (and ${more} more)` : first;
}
