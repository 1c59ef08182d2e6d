import type { MemoryConversation } from './memory-case';

const K1 = 1.2;
const B = 0.75;
const HAN_OR_KANA = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+/u;
const RUNS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+|[\p{L}\p{N}]+/gu;

interface PlainTurn {
  readonly id: string;
  readonly counts: ReadonlyMap<string, number>;
  readonly length: number;
}

/**
 * What anybody has within an hour, to hold Memori against: BM25 (Robertson and Zaragoza, 2009, k1 1.2 and b 0.75) over
 * single turns, each with its speaker's name before it. Words in lower case, Chinese and Japanese by pairs of characters. No
 * stemming, no neighbours, no sessions, no dates. It shares no code with the search that it is compared with.
 */
export class PlainRetriever {
  private readonly turns: readonly PlainTurn[];
  private readonly holders = new Map<string, number>();
  private readonly averageLength: number;

  constructor({ sessions }: MemoryConversation) {
    this.turns = sessions.flat().map(({ id, name, content }) => {
      const counts = countsOf(plainTokens(`${name ?? ''} ${content}`));
      for (const token of counts.keys()) this.holders.set(token, (this.holders.get(token) ?? 0) + 1);
      return { id, counts, length: [...counts.values()].reduce((sum, count) => sum + count, 0) };
    });
    this.averageLength = this.turns.reduce((sum, { length }) => sum + length, 0) / Math.max(this.turns.length, 1) || 1;
  }

  /** Ids of the turns that share a token with the question, best first; equals in the order in which they were said. */
  ranked(question: string): string[] {
    const tokens = [...new Set(plainTokens(question))];
    return this.turns
      .map((turn) => ({ id: turn.id, score: this.scoreOf(turn, tokens) }))
      .filter(({ score }) => score > 0)
      .sort((one, other) => other.score - one.score)
      .map(({ id }) => id);
  }

  private scoreOf({ counts, length }: PlainTurn, tokens: readonly string[]): number {
    return tokens.reduce((sum, token) => {
      const count = counts.get(token) ?? 0;
      const holders = this.holders.get(token) ?? 0;
      const rarity = Math.log(1 + (this.turns.length - holders + 0.5) / (holders + 0.5));
      return sum + (rarity * count * (K1 + 1)) / (count + K1 * (1 - B + (B * length) / this.averageLength));
    }, 0);
  }
}

/** Words, and pairs of characters where no blanks part words; a single character is a token of its own. */
export function plainTokens(text: string): string[] {
  return [...text.toLowerCase().matchAll(RUNS)].flatMap(([run]) => {
    const characters = [...run];
    if (!HAN_OR_KANA.test(run) || characters.length === 1) return [run];
    return characters.slice(1).map((character, at) => `${characters[at]}${character}`);
  });
}

function countsOf(tokens: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}
