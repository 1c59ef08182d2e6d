import { HashPostings } from './hash-postings';

/** Letters that may be wrong in a word or phrase: none in a short one, where another word is always near. */
export function allowedEdits(length: number, isUnspaced = false): number {
  if (isUnspaced) return length >= 4 ? 1 : 0;
  return length < 5 ? 0 : length < 9 ? 1 : 2;
}

/**
 * Finds keys a few edits away from a text: cut into one part more than edits are allowed, at least one part of a key is
 * unharmed and stands nearly where it stood (Li, Deng, Feng: Pass-Join, 2011).
 */
export class NearKeys {
  private readonly parts = new HashPostings();

  add(key: string, number: number, isUnspaced: boolean): void {
    const edits = allowedEdits(key.length, isUnspaced);
    if (edits === 0) return;
    for (const { from, to, at } of partsOf(key.length, edits + 1))
      this.parts.add(fileName(key.length, at, key.slice(from, to)), number);
  }

  seal(): void {
    this.parts.seal();
  }

  get bytes(): number {
    return this.parts.bytes;
  }

  /** Numbers of keys that may be near; the caller measures them. */
  candidates(text: string, isUnspaced: boolean, most: number): Set<number> {
    const found = new Set<number>();
    const edits = allowedEdits(text.length, isUnspaced);
    for (let length = text.length - edits; edits > 0 && length <= text.length + edits; length++) {
      const ofKey = allowedEdits(length, isUnspaced);
      if (ofKey === 0) continue;
      for (const { from, to, at } of partsOf(length, ofKey + 1)) {
        for (let start = Math.max(0, from - edits); start <= from + edits && start + to - from <= text.length; start++)
          for (const number of this.parts.find(fileName(length, at, text.slice(start, start + to - from)), most))
            found.add(number);
      }
    }
    return found;
  }
}

const parts = new Map<number, readonly Part[]>();

interface Part {
  readonly from: number;
  readonly to: number;
  readonly at: number;
}

/** `count` parts of about the same length. */
function partsOf(length: number, count: number): readonly Part[] {
  const known = parts.get(length * 8 + count);
  if (known) return known;
  const made = Array.from({ length: count }, (_, at) => ({
    from: Math.floor((length * at) / count),
    to: Math.floor((length * (at + 1)) / count),
    at,
  }));
  parts.set(length * 8 + count, made);
  return made;
}

function fileName(length: number, at: number, part: string): string {
  return `${length} ${at} ${part}`;
}
