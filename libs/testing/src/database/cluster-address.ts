import type { ClientConfig } from 'pg';

/** Owner of the migrated schema, as in the embedded PostgreSQL. */
export const OWNER = 'memori_owner';
/** What the process connects as: neither owner, superuser nor BYPASSRLS. */
export const RUNTIME = 'memori';
export const TEMPLATE = 'memori_template';

const VARIABLE = 'MEMORI_TEST_CLUSTER';

/** Where the cluster of this run listens. Every role of it has the same password. */
export interface ClusterAddress {
  readonly port: number;
  readonly password: string;
  readonly socketDir: string;
}

/** Hands the address down to Jest's workers. */
export function publishAddress(address: ClusterAddress): void {
  process.env[VARIABLE] = JSON.stringify(address);
}

export function currentAddress(): ClusterAddress {
  const text = process.env[VARIABLE];
  if (!text) throw new Error('No test cluster: run this file in the "integration" or "e2e" project of Jest.');
  return JSON.parse(text) as ClusterAddress;
}

export function addressOf({ port, password }: ClusterAddress, database: string): ClientConfig & { database: string } {
  return { host: '127.0.0.1', port, password, database };
}

export function urlOf(address: ClusterAddress, database: string, user: string, password = address.password): string {
  return `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${address.port}/${database}`;
}
