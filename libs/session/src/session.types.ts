/** A session as its owner sees it. */
export interface SessionRecord {
  readonly id: string;
  readonly tenantId: string;
  readonly userId: string;
  readonly externalId: string | null;
  readonly namespace: string;
  readonly title: string | null;
  /** Nothing is drawn from it, and it reads only itself. */
  readonly isolated: boolean;
  readonly ttlSeconds: number;
  readonly createdAt: string;
  readonly lastActiveAt: string;
  readonly expiresAt: string;
  readonly archivedAt: string | null;
  /** Rises with every turn that is written or erased. Sliding the expiry does not change it. */
  readonly version: number;
}

export const TURN_ROLES = ['user', 'assistant', 'system', 'tool'] as const;

export type TurnRole = (typeof TURN_ROLES)[number];

/** The form of a result that a turn speaks about; never its rows. */
export interface ResultShape {
  readonly columns: string[];
  readonly rowCount: number;
}

/** One thing said, as it was said. */
export interface Turn {
  readonly id: string;
  readonly sessionId: string;
  /** Counts from 1 in its session, without gaps. */
  readonly seq: number;
  readonly role: TurnRole;
  readonly name: string | null;
  readonly content: string;
  readonly externalId: string | null;
  readonly occurredAt: string;
  readonly questionId: string | null;
  readonly sql: string | null;
  readonly resultShape: ResultShape | null;
}

export interface NewTurn {
  readonly role: TurnRole;
  readonly content: string;
  readonly name?: string | null;
  readonly externalId?: string | null;
  /** ISO 8601; now by the database's clock when it is left out. */
  readonly occurredAt?: string | Date | null;
  readonly questionId?: string | null;
  readonly sql?: string | null;
  readonly resultShape?: ResultShape | null;
}

/** What became of one turn of a batch; `created` is false when its external id was there already. */
export interface RecordedTurn {
  readonly id: string;
  readonly externalId: string | null;
  readonly created: boolean;
}

export interface SessionInput {
  readonly externalId?: string | null;
  readonly namespace?: string | null;
  readonly title?: string | null;
  readonly ttlSeconds?: number | null;
  readonly isolated?: boolean | null;
}

/** A merge patch: absent stays, null gives the default back. The namespace of a session never changes. */
export interface SessionPatch {
  readonly title?: string | null;
  readonly ttlSeconds?: number | null;
}
