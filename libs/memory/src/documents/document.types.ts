import type { DocumentFormat } from '@memori/text';
import type { MemoryCategory } from '../memory.types';

export const DOCUMENT_FORMATS = ['markdown', 'text'] as const satisfies readonly DocumentFormat[];
export const DOCUMENT_SCOPES = ['user', 'tenant'] as const;

/** A document that is to become memories. */
export interface DocumentInput {
  readonly content: string;
  /** `markdown` when left out. */
  readonly format?: DocumentFormat | null;
  /** What it calls itself when left out. */
  readonly title?: string | null;
  /** Where it comes from: an address, a path. */
  readonly source?: string | null;
  /** Known again by it: what comes under the same id takes the place of what was there. Without it by its text. */
  readonly externalId?: string | null;
  /** 0 to 1; half when left out: nobody here said it. */
  readonly trust?: number | null;
  readonly category?: MemoryCategory | null;
  readonly importance?: number | null;
  /** `user` when left out. `tenant` is for curators. */
  readonly scope?: (typeof DOCUMENT_SCOPES)[number] | null;
  readonly namespace?: string | null;
  /** When it was written; what it says holds from then on. */
  readonly occurredAt?: string | null;
}

/** A document as those see it who may. Its text are its memories. */
export interface DocumentRecord {
  readonly id: string;
  readonly scope: (typeof DOCUMENT_SCOPES)[number];
  readonly userId: string | null;
  readonly namespace: string | null;
  readonly externalId: string | null;
  readonly title: string | null;
  readonly source: string | null;
  readonly format: DocumentFormat;
  readonly category: MemoryCategory;
  readonly importance: number;
  readonly trust: number;
  readonly occurredAt: string | null;
  /** Memories of it that hold now. */
  readonly passages: number;
  /** Counts the changes, from 1. */
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What became of a document that was sent. */
export interface DocumentOutcome extends DocumentRecord {
  readonly outcome: 'created' | 'changed' | 'unchanged';
  /** Passages that are new, that were there already, and that hold no longer. */
  readonly added: number;
  readonly kept: number;
  readonly ended: number;
}
