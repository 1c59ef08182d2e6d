const K1 = 1.2;
const B = 0.75;

/** BM25 over documents that are given as tokens, repeats included. */
export class TermIndex {
  private readonly postings = new Map<string, [document: number, count: number][]>();
  private readonly lengths: number[] = [];
  private averageLength = 1;

  constructor(documents: Iterable<readonly string[]>) {
    for (const tokens of documents) this.add(tokens);
    this.averageLength = this.lengths.reduce((sum, length) => sum + length, 0) / Math.max(this.lengths.length, 1) || 1;
  }

  /** The score of each document, by its number, for terms and how much each counts. */
  scores(terms: ReadonlyMap<string, number>): Float64Array {
    const scores = new Float64Array(this.lengths.length);
    for (const [term, counts] of terms) {
      const found = this.postings.get(term) ?? [];
      const weight = counts * Math.log(1 + (this.lengths.length - found.length + 0.5) / (found.length + 0.5));
      for (const [document, count] of found) {
        const relativeLength = (this.lengths[document] as number) / this.averageLength;
        const saturated = (count * (K1 + 1)) / (count + K1 * (1 - B + B * relativeLength));
        scores[document] = (scores[document] as number) + weight * saturated;
      }
    }
    return scores;
  }

  private add(tokens: readonly string[]): void {
    const number = this.lengths.push(tokens.length) - 1;
    const counts = new Map<string, number>();
    for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
    for (const [token, count] of counts) {
      const list = this.postings.get(token);
      if (list) list.push([number, count]);
      else this.postings.set(token, [[number, count]]);
    }
  }
}
