import type { KnownMemory } from './import.repository';

/** A memory as a line brings it. */
export interface Draft {
  readonly id: string;
  readonly userId: string | null;
  readonly namespace: string | null;
  readonly fingerprint: string;
  readonly origin: string;
  readonly supersededBy: string | null;
  readonly updatedAt: string | null;
  readonly scope: string;
  readonly sessionId: string | null;
  readonly documentId: string | null;
}

/** What is here under the same id, or says the same as a fact that lives. */
export class KnownMemories {
  private readonly byId = new Map<string, string | null>();
  private readonly living = new Map<string, string>();

  constructor(memories: readonly KnownMemory[]) {
    for (const { id, updatedAt, namespace, fingerprint, isLiving } of memories) {
      this.byId.set(id, updatedAt);
      if (isLiving && fingerprint !== null) this.living.set(JSON.stringify([namespace, fingerprint]), id);
    }
  }

  /** The id of the memory that stands for this one as it is; undefined: this one is to be written. */
  standFor({ id, updatedAt, ...draft }: Draft): string | undefined {
    const known = this.byId.get(id);
    if (known !== undefined) return isLater(updatedAt, known) ? undefined : id;
    return isLivingFact(draft) ? this.living.get(JSON.stringify([draft.namespace, draft.fingerprint])) : undefined;
  }

  add({ id, updatedAt, ...draft }: Draft): void {
    this.byId.set(id, updatedAt);
    if (isLivingFact(draft)) this.living.set(JSON.stringify([draft.namespace, draft.fingerprint]), id);
  }
}

function isLivingFact({ origin, supersededBy }: Pick<Draft, 'origin' | 'supersededBy'>): boolean {
  return origin === 'drawn' && supersededBy === null;
}

/** To the microsecond, of which JavaScript's dates know nothing. */
function isLater(moment: string | null, known: string | null): boolean {
  if (moment === null || known === null) return false;
  const [left, right] = [Date.parse(moment), Date.parse(known)];
  if (left !== right) return left > right;
  return microsecondsOf(moment) > microsecondsOf(known);
}

function microsecondsOf(moment: string): number {
  return Number((/\.\d{3}(\d{0,3})/.exec(moment)?.[1] ?? '').padEnd(3, '0'));
}
