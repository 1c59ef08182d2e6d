import { DatabaseError } from 'pg';
import { DomainError, InvalidRequestError } from '@memori/errors';
import { DataSourceUnreachableError } from '../data-source/data-source.errors';
import { lockTimeoutOf } from '../data-source/read-only-session';
import { SqlCancelledError, SqlFailedError, SqlTimeoutError } from './execution.errors';
import { maskLiterals, WITHHELD } from './mask-literals';

const MAX_MESSAGE = 1000;
const NO_SUCH_CHARACTER = 'The SQL or a value holds a character that the encoding of the data source does not have.';

export interface StatementFacts {
  readonly statementTimeoutMs: number;
  readonly isCancelled: boolean;
  /** Characters that were put before the SQL as given (`EXPLAIN …`). */
  readonly prefixLength?: number;
}

/** A refusal of PostgreSQL in terms of the domain. DETAIL, HINT and WHERE quote rows and stay behind, so there is no `cause`. */
export function sqlFailure(error: DatabaseError, facts: StatementFacts): DomainError {
  const sqlstate = error.code ?? 'XX000';
  if (sqlstate === '57014')
    return facts.isCancelled ? new SqlCancelledError() : new SqlTimeoutError(facts.statementTimeoutMs);
  if (sqlstate === '55P03')
    return new SqlTimeoutError(lockTimeoutOf(facts.statementTimeoutMs), 'The statement waited for a lock');
  return new SqlFailedError(messageOf(error, sqlstate), sqlstate, positionOf(error, facts.prefixLength ?? 0));
}

/** A refusal of the settings that every transaction begins with: of them only the time zone comes from the caller. */
export function beginFailure(error: DatabaseError, timeZone: string): Error {
  if (error.code === '57014')
    return new DataSourceUnreachableError(
      'The data source stopped the begin of a transaction. Its server or role has a statement_timeout that is too short for anything; raise it.',
    );
  if (error.code !== '22023') return sqlFailure(error, { statementTimeoutMs: 0, isCancelled: false });
  const message = `The data source does not know the time zone "${timeZone}".`;
  return new InvalidRequestError(message, [{ pointer: '/timeZone', message }]);
}

function messageOf(error: DatabaseError, sqlstate: string): string {
  // A RAISE may claim any SQLSTATE; where it stands in the server's source tells it apart.
  if (/^pl/.test(error.file ?? '') || error.routine === 'exec_stmt_raise') return WITHHELD;
  // PostgreSQL's words quote the bytes of the character.
  if (sqlstate === '22P05') return NO_SUCH_CHARACTER;
  return cut(maskLiterals(error.message, sqlstate));
}

/** A server may say as much as it likes; people and models read the beginning. */
function cut(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
}

/** PostgreSQL counts characters, not bytes or UTF-16 units. */
function positionOf(error: DatabaseError, prefixLength: number): number | undefined {
  const position = Number(error.position) - prefixLength;
  return Number.isInteger(position) && position > 0 ? position : undefined;
}
