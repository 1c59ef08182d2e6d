import type { Tx } from '@memori/database';

export const FORGET_SCOPES = ['session', 'namespace', 'user'] as const;

/** What is to go. The caller has locked the sessions, in the order of their ids. */
export interface Erasure {
  readonly scope: (typeof FORGET_SCOPES)[number];
  readonly tenantId: string;
  readonly userId: string;
  /** The namespace, when that is what is forgotten. */
  readonly namespace: string | null;
  /** The sessions that go: one, those of the namespace, or all of the user. */
  readonly sessionIds: readonly string[];
}

/**
 * What one lib holds of a user, and how it goes. Each table of schema memori with a scope is named by exactly one eraser, as
 * erased or as kept; a start without that is refused.
 */
export interface Eraser {
  /** The lib, for errors. */
  readonly holder: string;
  /** Tables whose rows of a user go, by `erase` or with the rows that they refer to. */
  readonly erases: readonly string[];
  /** Tables that stay, each with the reason in a few words. */
  readonly keeps: Readonly<Record<string, string>>;
  /** Others refer to its rows: they go first, so that what goes with them is counted. */
  readonly goesLast?: boolean;
  /** Deletes, within the transaction of the caller; answers how many rows of which kind went. */
  erase(tx: Tx, erasure: Erasure): Promise<Readonly<Record<string, number>>>;
}
