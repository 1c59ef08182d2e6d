/** Numbers of values below this, so that hash and number together fit into the 53 bits of a double. */
export const MOST_NUMBERS = 1 << 21;

/**
 * Which numbers a text was filed under, in eight bytes an entry: a data source has hundreds of thousands of values, and
 * a Map of strings would take twenty times that. Two texts may share a hash: callers look at what they get.
 */
export class HashPostings {
  private entries: Float64Array = new Float64Array(0);
  private added: number[] = [];

  add(text: string, number: number): void {
    this.added.push(hashOf(text) * MOST_NUMBERS + number);
  }

  /** To be called once, after the last `add`. */
  seal(): void {
    const sorted = Float64Array.from(this.added).sort();
    this.entries = sorted.filter((entry, at) => at === 0 || entry !== sorted[at - 1]);
    this.added = [];
  }

  get bytes(): number {
    return this.entries.byteLength;
  }

  /** Ascending; none when there are more than `most`, which then tell nothing. */
  find(text: string, most = Infinity): number[] {
    const numbers: number[] = [];
    const first = hashOf(text) * MOST_NUMBERS;
    let at = this.place(first);
    for (; at < this.entries.length && numbers.length <= most; at++) {
      const number = (this.entries[at] as number) - first;
      if (number >= MOST_NUMBERS) break;
      numbers.push(number);
    }
    return numbers.length > most ? [] : numbers;
  }

  /** How many numbers a text was filed under. */
  count(text: string): number {
    const first = hashOf(text) * MOST_NUMBERS;
    return this.place(first + MOST_NUMBERS) - this.place(first);
  }

  private place(entry: number): number {
    let [low, high] = [0, this.entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.entries[middle] as number) < entry) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** FNV-1a over UTF-16 units, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
