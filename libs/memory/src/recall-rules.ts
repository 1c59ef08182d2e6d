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
  /** Turns of other sessions are left out. */
  readonly onlyOwnTurns?: boolean;
  readonly skipsLastTurns?: number;
}

/** Whether an item of the indexes that the reader may open may be shown to him now. */
export function isReadable(item: IndexedItem, reader: Reader): boolean {
  if (reader.onlyKnownThen && item.occurredAtMs > reader.atMs) return false;
  if (item.kind === 'turn') return !reader.onlyOwnTurns || item.sessionId === reader.sessionId;
  if (item.scope === 'session' && item.sessionId !== reader.sessionId) return false;
  if (item.namespace != null && item.namespace !== reader.namespace) return false;
  return (item.validFromMs ?? -Infinity) <= reader.atMs && reader.atMs < (item.validToMs ?? Infinity);
}
