import { Injectable } from '@nestjs/common';
import { readSql, type Tx } from '@memori/database';
import type { UserScope } from '@memori/scope';
import type { TurnRole } from '@memori/session';
import { indexTokens } from '@memori/text';
import type { MemoryCategory, MemoryScope, RecallDocument, RecallKind } from './memory.types';
import type { IndexedItem } from './scope-index';

const CHANGES = readSql(__dirname, 'recall-changes.sql');
const ISOLATED = readSql(__dirname, 'recall-isolated.sql');
const CONTENTS = readSql(__dirname, 'recall-contents.sql');

/** What a copy that is at some version lacks. Undefined: there is nothing in the namespace. */
export interface RecallChanges {
  readonly version: number;
  /** True: the copy is to be thrown away, `items` is everything. */
  readonly isRebuild: boolean;
  readonly items: IndexedItem[];
}

/** The text of something that was found. */
export interface RecallContent {
  readonly kind: RecallKind;
  readonly id: string;
  readonly content: string;
  readonly passageEnds: number[] | null;
  readonly externalId: string | null;
  readonly role: TurnRole | null;
  readonly name: string | null;
  readonly category: MemoryCategory | null;
  readonly scope: MemoryScope | null;
  readonly sources: string[] | null;
  readonly document: RecallDocument | null;
  readonly sql: string | null;
}

interface ItemRow {
  readonly kind: RecallKind;
  readonly id: string | null;
  readonly session_id: string | null;
  readonly occurred_at_ms: number;
  /** Search tokens, a passage a line. */
  readonly passages: string;
  readonly seq: number | null;
  readonly role: TurnRole | null;
  readonly name: string | null;
  readonly traits: number | null;
  readonly scope: MemoryScope | null;
  readonly namespace: string | null;
  readonly category: MemoryCategory | null;
  readonly importance: number | null;
  readonly valid_from_ms: number | null;
  readonly valid_to_ms: number | null;
  readonly sources: string[] | null;
  readonly trust: number | null;
  readonly said_at_ms: number | null;
  readonly recorded_at_ms: number | null;
  readonly end_known_at_ms: number | null;
  readonly stated_to_ms: number | null;
}

type ContentRow = Omit<RecallContent, 'passageEnds' | 'externalId' | 'document'> & {
  readonly passage_ends: number[] | null;
  readonly external_id: string | null;
  readonly document_id: string | null;
  readonly title: string | null;
  readonly source: string | null;
  readonly heading: string | null;
};

/** Reads what recall needs. Scope stands in every WHERE; row level security is the second wall. */
@Injectable()
export class RecallRepository {
  async changes(tx: Tx, scope: UserScope, namespace: string, since: number): Promise<RecallChanges | undefined> {
    const rows = await tx.query<ItemRow & { scope_version: number; is_rebuild: boolean }>(CHANGES, [
      scope.tenantId,
      scope.userId,
      namespace,
      since,
    ]);
    const [first] = rows;
    return first && { version: first.scope_version, isRebuild: first.is_rebuild, items: toItems(rows) };
  }

  async isolated(tx: Tx, scope: UserScope, sessionId: string): Promise<IndexedItem[]> {
    return toItems(await tx.query<ItemRow>(ISOLATED, [scope.tenantId, scope.userId, sessionId]));
  }

  async contents(tx: Tx, scope: UserScope, ids: readonly string[]): Promise<Map<string, RecallContent>> {
    const rows = await tx.query<ContentRow & Record<string, unknown>>(CONTENTS, [scope.tenantId, scope.userId, ids]);
    const contents = rows.map((row) => ({
      ...row,
      passageEnds: row.passage_ends,
      externalId: row.external_id,
      document: documentOf(row),
    }));
    return new Map(contents.map((content) => [content.id, content]));
  }
}

function documentOf({ document_id: id, title, source, heading }: ContentRow): RecallDocument | null {
  return id === null ? null : { id, title, source, heading };
}

function toItems(rows: readonly ItemRow[]): IndexedItem[] {
  // Few people say all of it: the tokens of a name are made once.
  const speakers = new Map<string, string>();
  const speakerOf = (name: string) => {
    const speaker = speakers.get(name) ?? indexTokens(name).join(' ');
    speakers.set(name, speaker);
    return speaker;
  };
  return rows.flatMap((row) => (row.id === null ? [] : [toItem(row, row.id, speakerOf)]));
}

function toItem(row: ItemRow, id: string, speakerOf: (name: string) => string): IndexedItem {
  const { kind, session_id: sessionId, occurred_at_ms: occurredAtMs } = row;
  const common = { kind, id, sessionId, occurredAtMs, passages: row.passages.split('\n') };
  if (kind === 'turn') {
    const speaker = row.name === null ? '' : speakerOf(row.name);
    return {
      ...common,
      seq: row.seq ?? 0,
      role: row.role ?? 'user',
      speaker: speaker || undefined,
      traits: row.traits ?? 0,
    };
  }
  return {
    ...common,
    scope: row.scope ?? 'user',
    namespace: row.namespace,
    category: row.category ?? 'fact',
    importance: row.importance ?? undefined,
    validFromMs: row.valid_from_ms ?? undefined,
    validToMs: row.valid_to_ms ?? undefined,
    sources: row.sources ?? [],
    trust: row.trust ?? undefined,
    saidAtMs: row.said_at_ms ?? undefined,
    recordedAtMs: row.recorded_at_ms ?? undefined,
    endKnownAtMs: row.end_known_at_ms ?? undefined,
    statedToMs: row.stated_to_ms ?? undefined,
  };
}
