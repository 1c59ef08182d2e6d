import { escapeIdentifier, escapeLiteral } from 'pg';
import { InvalidRequestError } from '@memori/errors';
import { textFault } from '@memori/text';

/** What one transaction on a data source is bound to. */
export interface SessionLimits {
  /** In the order in which unqualified names are looked up. */
  readonly schemas: readonly string[];
  readonly timeZone: string;
  readonly statementTimeoutMs: number;
}

/** What the connection is known to be. */
export interface ServerFacts {
  readonly isSuperuser: boolean;
  /** The database is of SQL_ASCII: its texts are whatever bytes somebody wrote. */
  readonly hasNoEncoding?: boolean;
}

/** Longest wait for a lock: a reader meets one only while somebody changes the table itself. */
export function lockTimeoutOf(statementTimeoutMs: number): number {
  return Math.min(statementTimeoutMs, 5000);
}

const MAX_TEMP_FILES_KB = 1024 * 1024;

/** What shapes the text of values, and the reading of SQL: a server or role may have set any of it otherwise. */
const FORM = [
  `SET LOCAL DateStyle = 'ISO'`,
  `SET LOCAL IntervalStyle = 'iso_8601'`,
  `SET LOCAL bytea_output = 'hex'`,
  `SET LOCAL extra_float_digits = 1`,
  // The guard read the SQL with these; with others 'a\' ends elsewhere.
  `SET LOCAL standard_conforming_strings = on`,
  `SET LOCAL transform_null_equals = off`,
  `SET LOCAL quote_all_identifiers = off`,
  `SET LOCAL array_nulls = on`,
  // With 'document' a fragment such as 'a<b/>' is no xml, and with 'hex' bytea in it is not base64.
  `SET LOCAL xmloption = 'content'`,
  `SET LOCAL xmlbinary = 'base64'`,
  // Off would turn a filtered answer into an error that names the policy.
  `SET LOCAL row_security = on`,
  `SET LOCAL client_min_messages = 'error'`,
];

/**
 * Begins a read-only transaction within limits, as one message. SET and not set_config(), which a careful
 * administrator may have revoked. Settings that only a superuser may change are set for superusers: they need it most.
 */
export function beginReadOnly(limits: SessionLimits, server: ServerFacts): string {
  const timeoutMs = Math.max(1, Math.trunc(limits.statementTimeoutMs));
  return [
    // Said in full: serializable, which a role may have by default, fails on a replica, and deferrable waits for others.
    'BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ ONLY NOT DEFERRABLE',
    `SET LOCAL statement_timeout = ${timeoutMs}`,
    `SET LOCAL lock_timeout = ${lockTimeoutOf(timeoutMs)}`,
    // Ours end at once; this is for a Memori that died in between.
    `SET LOCAL idle_in_transaction_session_timeout = ${timeoutMs + 10_000}`,
    `SET LOCAL search_path = ${searchPath(limits.schemas)}`,
    `SET LOCAL TIME ZONE ${zone(limits.timeZone)}`,
    ...FORM,
    // As UTF8 the server would fail at the first byte that is none; the driver shows U+FFFD in its place.
    ...(server.hasNoEncoding ? [`SET LOCAL client_encoding = 'SQL_ASCII'`] : []),
    ...(server.isSuperuser ? [`SET LOCAL temp_file_limit = ${MAX_TEMP_FILES_KB}`] : []),
  ].join(';');
}

/** Ends it: nothing was to be kept, and what a statement may have set goes with it. */
export const END_READ_ONLY = 'ROLLBACK';

/** pg_catalog first, so that no function of a schema takes the place of a built-in one; temporary tables last. */
export function searchPath(schemas: readonly string[]): string {
  return ['pg_catalog', ...schemas.map(identifier), 'pg_temp'].join(', ');
}

function identifier(name: string): string {
  if (name.includes('\0')) throw new InvalidRequestError('The name of a schema holds a NUL character.');
  return escapeIdentifier(name);
}

function zone(name: string): string {
  const fault = textFault(name);
  if (fault) throw new InvalidRequestError(`The time zone ${fault}.`);
  // Written as a name, PostgreSQL would read +08:00 as POSIX does: eight hours west.
  const offset = /^[+-]\d{2}:?\d{2}$/.test(name);
  return offset ? `INTERVAL ${escapeLiteral(name)} HOUR TO MINUTE` : escapeLiteral(name);
}
