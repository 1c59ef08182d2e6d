import { Injectable } from '@nestjs/common';
import { Database, readSql } from '@memori/database';
import { indexTokens } from '@memori/text';
import { isEssential } from './facts/essential';
import type { MemoryCategory, MemoryScope } from './memory.types';
import { isReadable, type Reader } from './recall-rules';
import { type IndexedItem, ScopeIndex } from './scope-index';

const PAST = readSql(__dirname, 'past-memories.sql');

/** A memory as it stood at a moment, before somebody rewrote it. */
export interface PastMemory {
  readonly content: string;
  /** Stood in every prompt then. */
  readonly essential: boolean;
  readonly support: number;
  readonly item: IndexedItem;
}

interface PastRow {
  readonly id: string;
  readonly sessionId: string | null;
  readonly scope: MemoryScope;
  readonly namespace: string | null;
  readonly subject: string | null;
  readonly predicate: string | null;
  readonly support: number;
  readonly sources: string[];
  readonly category: MemoryCategory;
  readonly content: string;
  readonly importance: number;
  readonly occurredAtMs: number;
  readonly validFromMs: number | null;
  readonly validToMs: number | null;
  readonly saidAtMs: number | null;
  readonly recordedAtMs: number;
  readonly statedToMs: number | null;
  readonly endKnownAtMs: number | null;
  readonly sourceSaidAtMs: number | null;
}

/** The earlier states of what was rewritten since a moment: the rest of what is kept stands as it stood then. */
export class PastStates {
  readonly index = new ScopeIndex();
  private readonly byId: ReadonlyMap<string, PastMemory>;

  constructor(states: readonly PastMemory[]) {
    this.byId = new Map(states.map((state) => [state.item.id, state]));
    for (const { item } of states) this.index.add(item);
  }

  get isEmpty(): boolean {
    return this.byId.size === 0;
  }

  find(id: string): PastMemory | undefined {
    return this.byId.get(id);
  }

  /** Whether this is how the item stood: it was not rewritten, or this is the state before that. */
  isOfThen(item: IndexedItem): boolean {
    const past = this.byId.get(item.id);
    return past === undefined || past.item === item;
  }

  /** What stood in every prompt then, of what was rewritten. */
  essential(reader: Reader): PastMemory[] {
    return [...this.byId.values()].filter(({ essential, item }) => essential && isReadable(item, reader));
  }
}

/** Reads them. Nothing was rewritten after the present: without `onlyKnownThen` there are none. */
@Injectable()
export class PastMemories {
  constructor(private readonly database: Database) {}

  async read(reader: Reader): Promise<PastStates> {
    if (!reader.onlyKnownThen) return new PastStates([]);
    const { tenantId, userId, namespace, isolated, sessionId = null, atMs } = reader;
    const params = [tenantId, userId, namespace, new Date(atMs), sessionId, isolated];
    return new PastStates((await this.database.query<PastRow>({ tenantId, userId }, PAST, params)).map(toPast));
  }
}

function toPast(row: PastRow): PastMemory {
  const { id, sessionId, scope, namespace, category, importance, sources, occurredAtMs, recordedAtMs } = row;
  return {
    content: row.content,
    essential: isEssential(row),
    support: row.support,
    item: {
      ...{ kind: 'fact', id, sessionId, scope, namespace, category, importance, sources, occurredAtMs, recordedAtMs },
      passages: [indexTokens(row.content).join(' ')],
      validFromMs: row.validFromMs ?? undefined,
      validToMs: row.validToMs ?? undefined,
      saidAtMs: row.saidAtMs ?? row.sourceSaidAtMs ?? undefined,
      statedToMs: row.statedToMs ?? undefined,
      endKnownAtMs: row.endKnownAtMs ?? undefined,
    },
  };
}
