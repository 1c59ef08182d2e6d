import { nameTokens, splitIdentifier } from '@memori/text';

/** What is less likely than this is left out: it would be noise, and time. */
const LEAST_LIKELIHOOD = 0.05;
const HAN = /^\p{Script=Han}+$/u;

interface Entry {
  /** How many named things have it among their aliases. */
  things: number;
  /** Words of their names; each thing gives one in all. */
  readonly words: Map<string, number>;
}

/**
 * What a catalogue's own Chinese aliases teach about the words of its names: where 曲目 is an alias of `song` in one
 * schema, a question about 曲目 also looks for the songs of another, whose aliases lack it.
 */
export class AliasDictionary {
  private readonly entries = new Map<string, Entry>();
  private things = 0;

  constructor(named: Iterable<{ readonly name: string; readonly aliases?: readonly string[] }>) {
    for (const { name, aliases = [] } of named) if (aliases.length > 0) this.add(name, aliases);
  }

  /**
   * Words of names and how likely each is meant, 0 to 1, for terms and how much each counts: the sum over the terms of
   * the share of their things that have the word in their name, the rarer terms the more.
   */
  translate(terms: ReadonlyMap<string, number>): Map<string, number> {
    const sums = new Map<string, number>();
    for (const [term, counts] of terms) {
      const entry = this.entries.get(term);
      if (!entry) continue;
      // One more in the divisor: what only one thing says is not sure.
      const weight = (counts * this.rarity(entry)) / (entry.things + 1);
      for (const [word, share] of entry.words) sums.set(word, (sums.get(word) ?? 0) + weight * share);
    }
    const likely = [...sums].filter(([, sum]) => sum > LEAST_LIKELIHOOD);
    return new Map(likely.map(([word, sum]) => [word, Math.min(sum, 1)]));
  }

  /** 1 for what a single thing says, 0 for what all say. */
  private rarity({ things }: Entry): number {
    return this.things > 1 ? Math.log(this.things / things) / Math.log(this.things) : 0;
  }

  private add(name: string, aliases: readonly string[]): void {
    const words = new Set(splitIdentifier(name).flatMap(nameTokens));
    this.things++;
    for (const token of new Set(aliases.flatMap(nameTokens).filter((each) => HAN.test(each)))) {
      const entry = this.entries.get(token) ?? { things: 0, words: new Map<string, number>() };
      this.entries.set(token, entry);
      entry.things++;
      for (const word of words) entry.words.set(word, (entry.words.get(word) ?? 0) + 1 / words.size);
    }
  }
}
