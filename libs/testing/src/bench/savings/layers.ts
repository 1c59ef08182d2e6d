/** What stands between a question and the price of the strong model, each to be switched by itself. */
export interface Layers {
  /** Repeats are served from stored SQL. */
  readonly answerCache: boolean;
  readonly verifiedQueries: boolean;
  /** The first model answers, the strong one only where that seems needed. Off: the strong one answers everything. */
  readonly modelChoice: boolean;
}

export interface Setup {
  readonly name: string;
  readonly layers: Layers;
  /** Whether reads from the provider's cache count at their own price. Off is arithmetic: the same calls, priced as plain input. */
  readonly providerCache: boolean;
}

const OFF: Layers = { answerCache: false, verifiedQueries: false, modelChoice: false };
const ON: Layers = { answerCache: true, verifiedQueries: true, modelChoice: true };

/** The first is what the others are compared with, the last has everything. */
export const SETUPS: readonly Setup[] = [
  { name: 'all off', layers: OFF, providerCache: false },
  { name: "provider's cache", layers: OFF, providerCache: true },
  { name: 'verified queries', layers: { ...OFF, verifiedQueries: true }, providerCache: false },
  { name: 'answer cache', layers: { ...OFF, answerCache: true }, providerCache: false },
  { name: 'choice of model', layers: { ...OFF, modelChoice: true }, providerCache: false },
  { name: 'all but the choice', layers: { ...ON, modelChoice: false }, providerCache: true },
  { name: 'all on', layers: ON, providerCache: true },
];
