import { DomainError } from '@memori/errors';
import { DataSourceCredentialsError, DataSourceUnreachableError } from './data-source.errors';
import { isSocketDirectory, type SourceTarget } from './source-url';

/** Where a connection was meant to go, without who and how. */
type Place = Pick<SourceTarget, 'host' | 'port' | 'database'>;

const NETWORK: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name does not resolve',
  EAI_AGAIN: 'the host name does not resolve at the moment',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  ETIMEDOUT: 'it did not answer in time',
  ECONNRESET: 'it closed the connection',
  EPIPE: 'it closed the connection',
  ENOENT: 'there is no socket',
  EACCES: 'the connection is not allowed',
  EPROTO: 'it does not answer as PostgreSQL does',
  EAUTH: 'it asks for a way to log in that Memori does not know, such as Kerberos',
};

/** Messages of `pg` for a connection that ended or never began. */
const TIMED_OUT = /timeout/i;
const ENDED = /^Connection terminated|Client has encountered a connection error|Client was closed/;
const NO_TLS = /does not support SSL|establishing an SSL connection/;
const SASL = /^SASL|^Password must/;

/** Too many connections, server starting or stopping, connection exceptions. 08P01 is a wrong message of ours. */
const SERVER_GONE = /^(53300|57P0[1-5]|08(?!P01)...)$/;

/** True when the server itself said that it speaks no TLS. */
export function refusesTls(error: unknown): boolean {
  return error instanceof Error && /does not support SSL/.test(error.message);
}

/** True when the connection, not the statement, is what failed: on a fresh connection it may well succeed. */
export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof DataSourceUnreachableError) return true;
  const code = codeOf(error);
  if (code !== undefined && (code in NETWORK || SERVER_GONE.test(code))) return true;
  return error instanceof Error && code === undefined && ENDED.test(error.message);
}

/** The failure of a connection in terms of the domain. Never holds the password; the server's own words only where they carry none. */
export function connectionFailure(error: unknown, place: Place): Error {
  if (error instanceof DomainError) return error;
  const code = codeOf(error);
  const where = placeName(place);
  if (code === '28P01' || code === '28000' || isSasl(error)) {
    const reason =
      code === '28000'
        ? 'its access rules (pg_hba.conf) or the role forbid it, perhaps for lack of ssl'
        : 'user or password is wrong';
    return new DataSourceCredentialsError(`The database at ${where} refused the login: ${reason}.`, error);
  }
  if (code === '3D000') {
    return new DataSourceUnreachableError(`The server at ${where} has no database "${place.database}".`, error);
  }
  if (code === '42501') {
    return new DataSourceCredentialsError(
      `The role may not connect to the database "${place.database}" at ${where}.`,
      error,
    );
  }
  return new DataSourceUnreachableError(`The database at ${where} cannot be reached: ${reasonOf(error, code)}.`, error);
}

function reasonOf(error: unknown, code: string | undefined): string {
  if (code !== undefined && NETWORK[code]) return NETWORK[code];
  if (code === '53300') return 'it has no connection left';
  if (code === '57P03') return 'it is starting up or shutting down';
  if (code !== undefined && SERVER_GONE.test(code)) return 'it ended the connection';
  const message = error instanceof Error ? error.message : '';
  if (TIMED_OUT.test(message)) return 'it did not answer in time';
  if (NO_TLS.test(message)) return 'it speaks no TLS (ssl), and ssl is required';
  if (ENDED.test(message)) return 'it ended the connection';
  // A code of Node's TLS (`DEPTH_ZERO_SELF_SIGNED_CERT`) or a SQLSTATE says enough, and never a secret.
  return code ? `error ${code}` : 'it does not answer as PostgreSQL does';
}

function isSasl(error: unknown): boolean {
  return error instanceof Error && SASL.test(error.message);
}

function codeOf(error: unknown): string | undefined {
  // Several addresses were tried, and all failed: the last failure speaks for all.
  if (error instanceof AggregateError) return codeOf(error.errors.at(-1));
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

function placeName({ host, port }: Place): string {
  if (isSocketDirectory(host)) return 'the local socket';
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
