import type { ClientConfig } from 'pg';
import type { Passwords } from './passwords';
import { SOCKET_PORT } from './socket-dir';

/** Roles of the embedded PostgreSQL. `owner` may change tables; `runtime` is what the process works as. */
export const ROLES = {
  owner: 'memori_owner',
  runtime: 'memori',
  demoOwner: 'demo_owner',
  demoReader: 'demo_reader',
} as const;

export const MEMORI_DATABASE = 'memori';
export const DEMO_DATABASE = 'demo';

export type RoleName = keyof typeof ROLES;

/** How to reach one database of the embedded server as one role. */
export function configFor(
  socketDir: string,
  passwords: Passwords,
  role: RoleName,
): ClientConfig & { database: string } {
  const database = role.startsWith('demo') ? DEMO_DATABASE : MEMORI_DATABASE;
  return { host: socketDir, port: SOCKET_PORT, user: ROLES[role], password: passwords[role], database };
}

/**
 * The same as a URL: `postgresql://user:password@/database?host=%2Fsocket%2Fdirectory&port=5432`. The host of a URL
 * cannot be a path, so that it comes as a parameter, as libpq and `pg` read it; `new URL()` refuses the empty host.
 */
export function socketUrl({ host, port, user, password, database }: ClientConfig): string {
  const login = `${encodeURIComponent(user ?? '')}:${encodeURIComponent(String(password ?? ''))}`;
  return `postgresql://${login}@/${encodeURIComponent(database ?? '')}?host=${encodeURIComponent(host ?? '')}&port=${port}`;
}
