import type { IndexedItem } from './scope-index';

/** From where somebody looks: the scope, the moment, and whether a session looks at itself. */
export interface Reader {
  readonly tenantId: string;
  readonly userId: string;
  readonly namespace: string;
  readonly isolated: boolean;
  readonly sessionId?: string;
  /** Facts hold at this moment. */
  readonly atMs: number;
  /** What was said or learnt after that moment is left out. */
  readonly onlyKnownThen?: boolean;
  /** Since when anything could be written down: the tenant's beginning. */
  readonly keptSinceMs?: number;
  /** Turns of other sessions are left out. */
  readonly onlyOwnTurns?: boolean;
  readonly skipsLastTurns?: number;
}

/** Whether an item of the indexes that the reader may open may be shown to him now. */
export function isReadable(item: IndexedItem, reader: Reader): boolean {
  if (reader.onlyKnownThen && !wasKnown(item, reader)) return false;
  if (item.kind === 'turn') return !reader.onlyOwnTurns || item.sessionId === reader.sessionId;
  if (item.scope === 'session' && item.sessionId !== reader.sessionId) return false;
  if (item.namespace != null && item.namespace !== reader.namespace) return false;
  return (item.validFromMs ?? -Infinity) <= reader.atMs && reader.atMs < (endOf(item, reader) ?? Infinity);
}

/**
 * What was said is known since then, what was written down since that. Of a time before anything could be written down, what
 * was told with the day from which it held counts as known: nobody else tells how things stood then.
 */
function wasKnown(item: IndexedItem, { atMs, keptSinceMs = -Infinity }: Reader): boolean {
  if (item.kind === 'turn') return item.occurredAtMs <= atMs;
  if (item.saidAtMs !== undefined) return item.saidAtMs <= atMs;
  return (item.recordedAtMs ?? -Infinity) <= atMs || (item.validFromMs !== undefined && atMs < keptSinceMs);
}

/** As long as nobody knew of the fact that ended it, it ended when it said itself. */
function endOf(item: IndexedItem, { atMs, onlyKnownThen }: Reader): number | undefined {
  const isEndKnown = !onlyKnownThen || (item.endKnownAtMs ?? -Infinity) <= atMs;
  return isEndKnown ? item.validToMs : item.statedToMs;
}
