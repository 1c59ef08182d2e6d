import type { NearItem } from './vector-index';

/** Vectors of one place in one block of memory, scored one by one: exact, and 5 ms for ten thousand. */
export class VectorMatrix {
  /** Up to which vector, and since which erasure, this is what the database holds. */
  added = 0;
  erased = 0;
  private values = new Float32Array(0);
  private readonly items: string[] = [];

  constructor(private readonly dimensions: number) {}

  add(itemId: string, vector: Float32Array): void {
    if (vector.length !== this.dimensions) return;
    const end = this.items.length * this.dimensions;
    if (end + this.dimensions > this.values.length) this.grow(end);
    this.values.set(vector, end);
    this.items.push(itemId);
  }

  get bytes(): number {
    return this.values.byteLength + this.items.length * 100;
  }

  nearest(query: Float32Array, limit: number): NearItem[] {
    if (query.length !== this.dimensions) return [];
    const best = new Map<string, number>();
    for (let row = 0; row < this.items.length; row++) {
      const start = row * this.dimensions;
      let sum = 0;
      for (let at = 0; at < this.dimensions; at++) sum += (this.values[start + at] as number) * (query[at] as number);
      const item = this.items[row] as string;
      if (sum > (best.get(item) ?? -Infinity)) best.set(item, sum);
    }
    return nearestOf(best, limit);
  }

  private grow(used: number): void {
    const wider = new Float32Array(Math.max(used * 2, this.dimensions * 64));
    wider.set(this.values.subarray(0, used));
    this.values = wider;
  }
}

/** By similarity, then by id. */
export function nearestOf(best: ReadonlyMap<string, number>, limit: number): NearItem[] {
  const sorted = Float64Array.from(best.values()).sort();
  const least = sorted[Math.max(sorted.length - limit, 0)] ?? 0;
  return [...best]
    .filter(([, similarity]) => similarity >= least)
    .map(([itemId, similarity]) => ({ itemId, similarity }))
    .sort((one, other) => other.similarity - one.similarity || (one.itemId < other.itemId ? -1 : 1))
    .slice(0, limit);
}
