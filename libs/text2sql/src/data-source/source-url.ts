import { isIP } from 'node:net';
import { InvalidRequestError } from '@memori/errors';
import { canonicalHost } from '@memori/security';
import { SSL_MODES, type SslMode } from './data-source.record';

/** Where a data source lies and who logs in there. Holds the password: never logged, never sent to a client. */
export interface SourceTarget {
  /** A canonical host name or IP address (without brackets), or the directory of a unix socket. */
  host: string;
  port: number;
  database: string;
  username: string;
  password: string;
  /** What the URL's `sslmode` says; undefined leaves it to `ssl`, and that to a try. */
  ssl?: SslMode;
}

const FORM =
  /^postgres(?:ql)?:\/\/(?:(?<userinfo>[^/?#]*)@)?(?<host>\[[^\]/?#@]*\]|[^:/?#@[\]]*)(?::(?<port>[^/?#]*))?(?:\/(?<database>[^?#]*))?(?:\?(?<query>[^#]*))?$/i;
const DEFAULT_PORT = 5432;

/** What `sslmode` of libpq means here. `allow` and `prefer` try both, as no `sslmode` does. */
const SSL_OF_SSLMODE: Record<string, SslMode | undefined> = {
  allow: undefined,
  prefer: undefined,
  ...Object.fromEntries(SSL_MODES.map((mode) => [mode, mode])),
};

/** Parameters of libpq that change nothing for Memori, which sets its own. */
const IGNORED = new Set([
  'application_name',
  'connect_timeout',
  'channel_binding',
  'target_session_attrs',
  'uselibpqcompat',
  'pgbouncer',
]);

/** Reads `postgresql://user:password@host:port/database?sslmode=…`. Its errors never repeat any part of the URL. */
export function parseSourceUrl(url: string): SourceTarget {
  if (/\p{Cc}/u.test(url)) throw wrong('holds a control character or a line break');
  if (url.length > 4096) throw wrong('is longer than 4096 characters');
  if (!/^postgres(ql)?:\/\//i.test(url))
    throw wrong('must begin with postgresql:// (other databases are not supported)');
  const parts = FORM.exec(url)?.groups;
  // An @ behind the host is the end of a password with a slash in it.
  if (!parts || (parts.userinfo === undefined && url.includes('@'))) {
    throw wrong(
      'is not of the form postgresql://user:password@host:5432/database. The characters / ? # [ ] in a password are written %2F %3F %23 %5B %5D',
    );
  }
  const query = queryOf(parts.query ?? '');
  const [username, password] = userinfoOf(parts.userinfo ?? '');
  const database = decode(parts.database ?? '', 'database');
  if (username === '') throw wrong('names no user: postgresql://user:password@host/database');
  if (database === '') throw wrong('names no database: postgresql://user:password@host:5432/database');
  const host = hostOf(parts.host ?? '', query.get('host'));
  return { host, port: portOf(parts.port || query.get('port') || ''), database, username, password, ssl: sslOf(query) };
}

/** True when the host is the directory of a unix socket. */
export function isSocketDirectory(host: string): boolean {
  return host.startsWith('/');
}

function userinfoOf(userinfo: string): [string, string] {
  const colon = userinfo.indexOf(':');
  const [user, password] = colon < 0 ? [userinfo, ''] : [userinfo.slice(0, colon), userinfo.slice(colon + 1)];
  return [decode(user, 'user'), decode(password, 'password')];
}

function hostOf(written: string, fromQuery: string | null): string {
  if (written !== '' && fromQuery !== null)
    throw wrong('names a host twice, before the path and as the parameter "host"');
  const host = fromQuery ?? decode(written, 'host');
  if (host === '') throw wrong('names no host: postgresql://user:password@host:5432/database');
  if (isSocketDirectory(host)) return host;
  if (host.includes(',')) throw wrong('names several hosts; Memori connects to one');
  const bare = /^\[(.*)\]$/.exec(host)?.[1];
  if (bare !== undefined) {
    if (isIP(bare) !== 6) throw wrong('holds brackets around something that is no IPv6 address');
    return bare;
  }
  const canonical = canonicalHost(host);
  if (canonical === undefined) throw wrong('names no valid host');
  return canonical;
}

function portOf(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_PORT;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65535) {
    throw wrong('has a port that is no number from 1 to 65535. The character @ in a password is written %40, : is %3A');
  }
  return port;
}

function queryOf(text: string): URLSearchParams {
  // As in libpq, a plus is a plus.
  const query = new URLSearchParams(text.replaceAll('+', '%2B'));
  for (const name of query.keys()) {
    if (name === 'sslmode' || name === 'ssl' || name === 'host' || name === 'port' || IGNORED.has(name)) continue;
    // The name is shown only when it is a plain word: a stray ? may have cut a password in two.
    const shown = /^[a-z_]{1,40}$/.test(name) ? ` "${name}"` : '';
    throw wrong(`has a parameter${shown} that Memori does not take; it takes sslmode`);
  }
  return query;
}

function sslOf(query: URLSearchParams): SslMode | undefined {
  const mode = query.get('sslmode');
  if (mode === null) return query.get('ssl') === 'true' ? 'require' : undefined;
  if (Object.hasOwn(SSL_OF_SSLMODE, mode)) return SSL_OF_SSLMODE[mode];
  throw wrong('has an unknown sslmode; known are disable, allow, prefer, require, verify-ca, verify-full');
}

function decode(text: string, part: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    throw wrong(`has a % in the ${part} that begins no escape; a plain % is written %25`);
  }
  if (/\p{Cc}/u.test(decoded)) throw wrong(`has a control character in the ${part}`);
  return decoded;
}

function wrong(problem: string): InvalidRequestError {
  return new InvalidRequestError(`The data source's URL ${problem}.`, [{ pointer: '/url', message: problem }]);
}
