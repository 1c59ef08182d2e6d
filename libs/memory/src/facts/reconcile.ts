import type { MemoryCategory } from '../memory.types';
import { type Keyed, relationOf } from './relation';

/** A fact as it was drawn, keyed. */
export interface DrawnFact extends Keyed {
  readonly id: string;
  readonly category: MemoryCategory;
  readonly importance: number;
  /** What it says of itself. */
  readonly statedFrom: Date | null;
  readonly statedTo: Date | null;
  readonly saidAt: Date;
  readonly turnIds: readonly string[];
  /** 0 to 1: the lowest of its sources. */
  readonly trust: number;
  readonly essential: boolean;
}

/** A memory that a fact may meet. */
export interface KnownFact extends Keyed {
  readonly id: string;
  /** Told ones are supported and never closed: a person wrote them. */
  readonly origin: 'told' | 'drawn';
  /** From when it holds: what it says, else when it was said. */
  readonly since: Date;
  readonly validTo: Date | null;
  readonly turnIds: readonly string[];
  readonly trust: number;
}

/** What becomes of a drawn fact. */
export type Outcome =
  | { readonly kind: 'support'; readonly fact: DrawnFact; readonly of: string }
  | {
      readonly kind: 'insert';
      readonly fact: DrawnFact;
      readonly validFrom: Date;
      readonly validTo: Date | null;
      /** The newer one, known already, that closed it before it came. */
      readonly supersededBy: string | null;
      /** The older one that it closes, from `validFrom` on. */
      readonly closes: string | null;
    };

/**
 * Facts against what is known, in the order in which they were said, whatever the order in which they arrive: the same
 * again is support; of two that contradict each other the one that holds from later closes the other. Nothing is lost.
 */
export function reconcile(facts: readonly DrawnFact[], known: readonly KnownFact[]): Outcome[] {
  const all = [...known];
  const inOrder = [...facts].sort((left, right) => sinceOf(left).getTime() - sinceOf(right).getTime());
  return inOrder.map((fact) => {
    const outcome = outcomeOf(fact, all);
    note(all, outcome);
    return outcome;
  });
}

export function sinceOf({ statedFrom, saidAt }: Pick<DrawnFact, 'statedFrom' | 'saidAt'>): Date {
  return statedFrom ?? saidAt;
}

function outcomeOf(fact: DrawnFact, known: readonly KnownFact[]): Outcome {
  const since = sinceOf(fact);
  const met = known
    .map((other) => ({ other, relation: relationOf(fact, other) }))
    .filter(({ relation }) => relation !== 'unrelated')
    .sort((left, right) => left.other.since.getTime() - right.other.since.getTime());
  const before = met.filter(({ other }) => other.since <= since).at(-1);
  const after = met.find(({ other }) => other.since > since);
  const again = met.find(
    ({ other, relation }) => relation === 'same' && other.since <= since && isOpenAt(other, since),
  );
  if (again) return { kind: 'support', fact, of: again.other.id };
  if (after?.relation === 'same') return { kind: 'support', fact, of: after.other.id };
  const isEnded =
    after?.relation === 'contradicts' && after.other.origin === 'drawn' && after.other.trust >= fact.trust;
  const closedBy = isEnded ? after.other : undefined;
  const validTo = earliest(fact.statedTo, closedBy?.since ?? null);
  const closes = isClosable(before, fact, since) ? (before?.other.id ?? null) : null;
  return { kind: 'insert', fact, validFrom: since, validTo, supersededBy: closedBy?.id ?? null, closes };
}

type Met = { readonly other: KnownFact; readonly relation: string } | undefined;

/** Nobody is overruled by one who is trusted less. */
function isClosable(met: Met, { trust }: DrawnFact, at: Date): boolean {
  if (met?.relation !== 'contradicts' || met.other.origin !== 'drawn') return false;
  return trust >= met.other.trust && isOpenAt(met.other, at);
}

function isOpenAt({ validTo }: KnownFact, at: Date): boolean {
  return validTo === null || validTo > at;
}

function earliest(left: Date | null, right: Date | null): Date | null {
  if (!left || !right) return left ?? right;
  return left < right ? left : right;
}

/** What the next fact of the batch will meet. */
function note(all: KnownFact[], outcome: Outcome): void {
  if (outcome.kind === 'support') return;
  const { fact, validFrom, validTo, closes } = outcome;
  const at = all.findIndex(({ id }) => id === closes);
  const closed = all[at];
  if (closed) all[at] = { ...closed, validTo: validFrom };
  all.push({ ...fact, origin: 'drawn', since: validFrom, validTo });
}
