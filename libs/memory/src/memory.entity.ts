import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { MemoryCategory, MemoryOrigin, MemoryScope } from './memory.types';

/** What a memory says, and how long that holds: the part that changes, and that its history keeps. */
abstract class MemoryContent {
  @Column('text', { name: 'tenant_id' })
  tenantId: string;

  /** Null: the memory belongs to the whole tenant. */
  @Column('text', { name: 'user_id', nullable: true })
  userId: string | null;

  @Column('text')
  category: MemoryCategory;

  @Column('text')
  content: string;

  /** 0 to 1. */
  @Column('real')
  importance: number;

  @Column('timestamptz', { name: 'valid_from', nullable: true })
  validFrom: Date | null;

  @Column('timestamptz', { name: 'valid_to', nullable: true })
  validTo: Date | null;

  /** The newer fact that ended the validity. */
  @Column('uuid', { name: 'superseded_by', nullable: true })
  supersededBy: string | null;
}

/** A row of memori.memories. */
@Entity({ schema: 'memori', name: 'memories' })
export class MemoryEntity extends MemoryContent {
  @PrimaryColumn('uuid')
  id: string;

  @Column('text')
  scope: MemoryScope;

  /** Null: every namespace of the tenant. */
  @Column('text', { nullable: true })
  namespace: string | null;

  @Column('uuid', { name: 'session_id', nullable: true })
  sessionId: string | null;

  /** Stays in its session, whatever it says. */
  @Column('boolean', { default: false })
  isolated: boolean;

  @Column('text')
  origin: MemoryOrigin;

  /** 0 to 1. */
  @Column('real', { default: 1 })
  trust: number;

  @Column('uuid', { name: 'source_memory_ids', array: true, default: [] })
  sourceMemoryIds: string[];

  /** The document that it is a passage of, under which title and headings, and where in it. */
  @Column('uuid', { name: 'document_id', nullable: true })
  documentId: string | null;

  @Column('text', { nullable: true })
  heading: string | null;

  @Column('integer', { nullable: true, select: false })
  place: number | null;

  @Column('uuid', { name: 'source_turn_ids', array: true })
  sourceTurnIds: string[];

  @Column('text', { nullable: true })
  subject: string | null;

  @Column('text', { nullable: true })
  predicate: string | null;

  /** Normalised subject and predicate, by which facts meet. */
  @Column('text', { name: 'fact_key', nullable: true, select: false })
  factKey: string | null;

  @Column('boolean', { default: false, select: false })
  negated: boolean;

  /** Hash of the normalised content. */
  @Column('text', { nullable: true, select: false })
  fingerprint: string | null;

  /** How often it was said. */
  @Column('integer', { default: 1 })
  support: number;

  /** How often it stood in a prompt. */
  @Column('integer', { default: 0 })
  uses: number;

  @Column('timestamptz', { name: 'last_used_at', nullable: true })
  lastUsedAt: Date | null;

  /** When it was said, of a drawn one. */
  @Column('timestamptz', { name: 'said_at', nullable: true })
  saidAt: Date | null;

  /** The end that it gave itself: what `validTo` goes back to when the fact that closed it is forgotten. */
  @Column('timestamptz', { name: 'stated_to', nullable: true, select: false })
  statedTo: Date | null;

  /** The older fact whose validity it ended. */
  @Column('uuid', { nullable: true })
  supersedes: string | null;

  /** Stands in every prompt of its scope. */
  @Column('boolean', { default: false })
  essential: boolean;

  /** Counts the changes, from 1. */
  @Column('integer', { default: 1 })
  version: number;

  @Column('text', { name: 'created_by' })
  createdBy: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'clock_timestamp()' })
  updatedAt: Date;

  /** Search tokens made by the application, joined by blanks. */
  @Column('text', { select: false })
  terms: string;

  /** The version of the namespace in which the row was last written: caches read what is newer than theirs. */
  @Column('bigint', { name: 'scope_version', select: false })
  scopeVersion: string;
}

/** A row of memori.memory_history: one state that a memory had, the present one included. */
@Entity({ schema: 'memori', name: 'memory_history' })
export class MemoryVersionEntity extends MemoryContent {
  @PrimaryColumn('uuid', { name: 'memory_id' })
  memoryId: string;

  @PrimaryColumn('integer')
  version: number;

  @Column('text', { name: 'changed_by' })
  changedBy: string;

  @Column('timestamptz', { name: 'changed_at', default: () => 'clock_timestamp()' })
  changedAt: Date;
}
