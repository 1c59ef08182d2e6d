import type { TurnRole } from '@memori/session';

export const MEMORY_CATEGORIES = ['fact', 'preference', 'rule', 'skill', 'context'] as const;
export type MemoryCategory = (typeof MEMORY_CATEGORIES)[number];

export const MEMORY_SCOPES = ['user', 'tenant', 'session'] as const;
export type MemoryScope = (typeof MEMORY_SCOPES)[number];

export const MEMORY_ORIGINS = ['told', 'drawn', 'imported', 'consolidated'] as const;
export type MemoryOrigin = (typeof MEMORY_ORIGINS)[number];

export const RECALL_KINDS = ['turn', 'fact'] as const;
export type RecallKind = (typeof RECALL_KINDS)[number];

/** A memory as those see it who may. */
export interface MemoryRecord {
  readonly id: string;
  readonly scope: MemoryScope;
  /** Null: the whole tenant's. */
  readonly userId: string | null;
  /** Null: every namespace of the tenant. */
  readonly namespace: string | null;
  readonly sessionId: string | null;
  readonly category: MemoryCategory;
  readonly content: string;
  /** 0 to 1. */
  readonly importance: number;
  /** Told by somebody, drawn from turns, a passage of a document, or what several old sessions were about. */
  readonly origin: MemoryOrigin;
  /** 0 to 1. Of what is derived from others: the lowest of theirs. */
  readonly trust: number;
  /** Of a passage: its document, and the title and headings that it stands under. */
  readonly documentId: string | null;
  readonly heading: string | null;
  /** What a drawn fact is about, and what it says of it. */
  readonly subject: string | null;
  readonly predicate: string | null;
  /** Stands in every prompt, whatever the question. */
  readonly essential: boolean;
  /** How often it was said. */
  readonly support: number;
  /** How often it stood in a prompt. */
  readonly uses: number;
  readonly lastUsedAt: string | null;
  readonly saidAt: string | null;
  /** The older fact that it ended, and the newer one that ended it. */
  readonly supersedes: string | null;
  readonly supersededBy: string | null;
  readonly sourceTurnIds: string[];
  /** The memories that it is derived from. */
  readonly sourceMemoryIds: string[];
  readonly validFrom: string | null;
  readonly validTo: string | null;
  /** Counts the changes, from 1. */
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface MemoryInput {
  readonly content: string;
  readonly category: MemoryCategory;
  /** `user` when left out. `tenant` is for curators. */
  readonly scope?: MemoryScope | null;
  readonly importance?: number | null;
  readonly namespace?: string | null;
  readonly sessionId?: string | null;
  readonly sourceTurnIds?: readonly string[] | null;
  readonly sourceMemoryIds?: readonly string[] | null;
  /** 0 to 1, 1 when left out; never more than that of its sources. */
  readonly trust?: number | null;
  readonly validFrom?: string | null;
  readonly validTo?: string | null;
}

/** A merge patch: absent stays, null clears a date or gives the default importance. Scope and namespace never change. */
export type MemoryPatch = Partial<Pick<MemoryInput, 'content' | 'category' | 'importance' | 'validFrom' | 'validTo'>>;

/** One state that a memory had. */
export interface MemoryVersion {
  readonly version: number;
  readonly content: string;
  readonly category: MemoryCategory;
  readonly importance: number;
  readonly validFrom: string | null;
  readonly validTo: string | null;
  /** The newer fact that this state was ended by. */
  readonly supersededBy: string | null;
  /** A user, or `memori` itself. */
  readonly changedBy: string;
  readonly changedAt: string;
}

/** One fact of a chain in which each ended the one before. */
export interface MemoryLink {
  readonly id: string;
  readonly content: string;
  readonly validFrom: string | null;
  readonly validTo: string | null;
}

export interface MemoryFilter {
  readonly scope?: MemoryScope;
  readonly namespace?: string;
  readonly category?: MemoryCategory;
  readonly sessionId?: string;
  readonly documentId?: string;
}

export interface SearchRequest {
  readonly query: string;
  readonly namespace?: string | null;
  /** As seen from that session: its own turns, and the facts that it may read. */
  readonly sessionId?: string | null;
  readonly limit?: number | null;
  readonly maxTokens?: number | null;
  readonly categories?: readonly MemoryCategory[] | null;
  readonly kinds?: readonly RecallKind[] | null;
  /** Only what had been said and was valid at that moment. */
  readonly asOf?: string | null;
  /** In which the query says "yesterday": an IANA name. The tenant's when left out. */
  readonly timeZone?: string | null;
  readonly explain?: boolean | null;
}

/** The part of each signal in a score. */
export type Signals = Readonly<Record<string, number>>;

/** The document that a passage stands in. */
export interface RecallDocument {
  readonly id: string;
  readonly title: string | null;
  /** Where it comes from, as it was told. */
  readonly source: string | null;
  /** Title and headings that the passage stands under. */
  readonly heading: string | null;
}

/** Something that was found: a turn by its best passages, or a fact. */
export interface RecallItem {
  readonly id: string;
  readonly kind: RecallKind;
  readonly content: string;
  readonly score: number;
  readonly sessionId: string | null;
  readonly occurredAt: string;
  readonly externalId?: string | null;
  /** The turns that a fact comes from. */
  readonly sources?: string[];
  readonly role?: TurnRole;
  readonly name?: string | null;
  /** In prompts alone: the SQL that answered this question. */
  readonly sql?: string;
  readonly category?: MemoryCategory;
  readonly scope?: MemoryScope;
  /** 0 to 1, of a fact. */
  readonly trust?: number;
  /** Of a passage. */
  readonly document?: RecallDocument;
  /** True: stands in every prompt, whatever the question. */
  readonly always?: boolean;
  readonly signals?: Signals;
}
