import type { IndexedItem, ScopeIndex } from './scope-index';

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

const STRONG = 0.7;

/** Whether an item of the indexes that the reader may open may be shown to him now. */
export function isReadable(item: IndexedItem, reader: Reader): boolean {
  if (reader.onlyKnownThen && item.occurredAtMs > reader.atMs) return false;
  if (item.kind === 'turn') return !reader.onlyOwnTurns || item.sessionId === reader.sessionId;
  if (item.scope === 'session' && item.sessionId !== reader.sessionId) return false;
  if (item.namespace != null && item.namespace !== reader.namespace) return false;
  return (item.validFromMs ?? -Infinity) <= reader.atMs && reader.atMs < (item.validToMs ?? Infinity);
}

/** Rules and strong preferences: they hold whatever is asked, and no likeness to the question finds them. */
export function alwaysPresent(indexes: readonly ScopeIndex[], reader: Reader): IndexedItem[] {
  return indexes
    .flatMap((index) => index.facts)
    .filter((item) => isStanding(item) && isReadable(item, reader))
    .sort(
      (left, right) =>
        rank(left) - rank(right) || importanceOf(right) - importanceOf(left) || (left.id < right.id ? -1 : 1),
    );
}

function isStanding(item: IndexedItem): boolean {
  return item.category === 'rule' || (item.category === 'preference' && importanceOf(item) >= STRONG);
}

/** The tenant's rules before the user's own, rules before preferences. */
function rank(item: IndexedItem): number {
  return (item.scope === 'tenant' ? 0 : 2) + (item.category === 'rule' ? 0 : 1);
}

function importanceOf(item: IndexedItem): number {
  return item.importance ?? 0.5;
}
