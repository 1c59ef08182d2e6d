import type { VerifiedQuery } from './verified-query';

interface Candidate {
  readonly query: VerifiedQuery;
  readonly tokens: readonly string[];
}

const K1 = 1.2;
const B = 0.75;

/** The verified queries whose words the question shares, by BM25, the nearest first. Those that share none are left out. */
export function nearestQueries(
  candidates: readonly Candidate[],
  asked: readonly string[],
  count: number,
): VerifiedQuery[] {
  const wanted = new Set(asked);
  const frequency = new Map<string, number>();
  for (const { tokens } of candidates) {
    for (const token of new Set(tokens)) if (wanted.has(token)) frequency.set(token, (frequency.get(token) ?? 0) + 1);
  }
  const average = candidates.reduce((sum, { tokens }) => sum + tokens.length, 0) / Math.max(1, candidates.length);
  const scored = candidates.map(({ query, tokens }) => {
    const norm = K1 * (1 - B + (B * tokens.length) / Math.max(1, average));
    const shared = new Set(tokens.filter((token) => wanted.has(token)));
    const score = [...shared].reduce((sum, token) => {
      const documents = frequency.get(token) ?? 0;
      const occurrences = tokens.filter((other) => other === token).length;
      const rarity = Math.log(1 + (candidates.length - documents + 0.5) / (documents + 0.5));
      return sum + (rarity * occurrences * (K1 + 1)) / (occurrences + norm);
    }, 0);
    return { query, score };
  });
  return scored
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.query.id.localeCompare(b.query.id))
    .slice(0, count)
    .map(({ query }) => query);
}
