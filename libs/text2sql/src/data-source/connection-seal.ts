import type { Vault } from '@memori/security';
import type { SettledTarget } from './source-client';

/** What is kept encrypted of a data source: where it lies, who logs in and how. */
export interface SealedConnection {
  readonly target: SettledTarget;
  /** Made by Memori itself (the demo): it may lie on a unix socket and on a loopback address. */
  readonly isOwn: boolean;
}

export function sealConnection(vault: Vault, id: string, connection: SealedConnection): Buffer {
  return vault.encrypt(JSON.stringify(connection), contextOf(id));
}

export function openConnection(vault: Vault, id: string, sealed: Buffer): SealedConnection {
  return JSON.parse(vault.decrypt(sealed, contextOf(id)).toString('utf8')) as SealedConnection;
}

function contextOf(id: string): string {
  return `data-source:${id}`;
}
