import { type IndexedItem, MONTHS, type ScopeIndex, VOICE } from './scope-index';

/** Of so many turns, the best fitting ones, it is asked whether one says another again. */
const LOOKED_AT = 64;
/** Words of the question that both say: with one alone they may speak of different things. */
const SHARED = 2;
const NUMBER = /^\p{Nd}[\p{Nd}.,]*$/u;
/** Of a date the day alone stands beside the word: "the April 25 deadline", "a deadline of April 5, 2024". */
const REST_OF_DATE: ReadonlySet<string> = new Set(MONTHS);
const YEAR = /^(?:19|20)\d\d$/;

/** An index under a query: the words of that, and how well an item's own words fit. */
interface AskedIndex {
  readonly index: ScopeIndex;
  readonly words: ReadonlySet<string>;
  own(at: number): number;
}

interface Statement {
  readonly at: number;
  readonly own: number;
  readonly occurredAtMs: number;
  /** Words of the question that it says, each with the numbers that stand beside it. */
  readonly numbers: ReadonlyMap<string, ReadonlySet<string>>;
}

/**
 * The turns of users that say an earlier one again with another number ("3 interviews", later "5 interviews"), and how well
 * that one fits: what holds now is the later one, however much better the earlier one fits the words of the question.
 */
export function restatements(asked: AskedIndex): ReadonlyMap<number, number> {
  const statements = statementsIn(asked);
  const found = new Map<number, number>();
  for (const later of statements)
    for (const earlier of statements) {
      if (earlier.own <= (found.get(later.at) ?? 0) || !isBefore(earlier, later)) continue;
      if (saysAgain(later, earlier)) found.set(later.at, earlier.own);
    }
  return found;
}

function statementsIn({ index, words, own }: AskedIndex): Statement[] {
  const turns = index.voices.flatMap((voice, at) => (voice === VOICE.user && own(at) > 0 ? [at] : []));
  turns.sort((a, b) => own(b) - own(a) || a - b);
  return turns.slice(0, LOOKED_AT).map((at) => {
    const item = index.items[at] as IndexedItem;
    return { at, own: own(at), occurredAtMs: item.occurredAtMs, numbers: numbersBeside(item, words) };
  });
}

function isBefore(one: Statement, other: Statement): boolean {
  return one.occurredAtMs < other.occurredAtMs || (one.occurredAtMs === other.occurredAtMs && one.at < other.at);
}

function saysAgain({ numbers: now }: Statement, { numbers: before }: Statement): boolean {
  const shared = [...now.keys()].filter((word) => before.has(word));
  return shared.length >= SHARED && shared.some((word) => isOther(now.get(word) ?? NONE, before.get(word) ?? NONE));
}

const NONE: ReadonlySet<string> = new Set();

/** It had a number, and has one that it did not have. */
function isOther(now: ReadonlySet<string>, before: ReadonlySet<string>): boolean {
  return before.size > 0 && [...now].some((number) => !before.has(number));
}

function numbersBeside({ passages }: IndexedItem, words: ReadonlySet<string>): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const passage of passages) {
    const tokens = passage.split(' ').filter((token) => !REST_OF_DATE.has(token) && !YEAR.test(token));
    tokens.forEach((token, at) => {
      if (!words.has(token) || NUMBER.test(token)) return;
      const numbers = found.get(token) ?? new Set<string>();
      found.set(token, numbers);
      for (const beside of [tokens[at - 1], tokens[at + 1]])
        if (beside !== undefined && NUMBER.test(beside)) numbers.add(beside);
    });
  }
  return found;
}
