import type { TurnRole } from '@memori/session';
import { standingWishes, type StandingWish } from '@memori/text';
import type { RecallItem } from '../memory.types';

/** A turn of the user that says what is to hold from now on. */
export interface WishingTurn {
  readonly id: string;
  readonly content: string;
  readonly sessionId: string;
  readonly externalId: string | null;
  /** It was asked of Memori: what it wants, it wants of this answer, unless it says that it is to hold always. */
  readonly isQuestion: boolean;
  readonly role: TurnRole;
  readonly name: string | null;
  readonly occurredAtMs: number;
}

/**
 * What turns say that is to hold, a sentence each, the surest first and rules before preferences; of equals what was said in
 * fewer words besides, since a wish is rather the message itself than an aside in a long one; then the newer. What was said
 * twice stands once. `turns` come the newest first.
 */
export function wishesOf(turns: readonly WishingTurn[]): RecallItem[] {
  const wishes = turns.flatMap((turn) =>
    standingWishes(turn.content)
      .filter(({ strength }) => strength === 3 || !turn.isQuestion)
      .map((wish) => ({ turn, wish })),
  );
  const seen = new Set<string>();
  return wishes
    .filter(({ wish }) => {
      const words = wish.content.toLowerCase();
      return !seen.has(words) && seen.add(words);
    })
    .sort((left, right) => rank(left.wish) - rank(right.wish) || left.turn.content.length - right.turn.content.length)
    .map(({ turn, wish }) => toRecallItem(turn, wish));
}

function rank({ strength, category }: StandingWish): number {
  return -2 * strength + (category === 'rule' ? 0 : 1);
}

function toRecallItem(
  { occurredAtMs, isQuestion: _, ...turn }: WishingTurn,
  { content, category }: StandingWish,
): RecallItem {
  const occurredAt = new Date(occurredAtMs).toISOString();
  return { ...turn, kind: 'turn', content, score: 1, occurredAt, category, always: true };
}
