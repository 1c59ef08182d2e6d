import { hanCharacters } from './han-characters';
import type { ScopeIndex } from './scope-index';

const K1 = 1.2;
const B = 0.75;
/** Turns are short: their length says less than that of a document. */
const B_PASSAGE = 0.6;

/** How well one index fits a query: by passage, by item (its best passage) and by session as a whole. */
export interface LexicalScores {
  readonly passages: Float64Array;
  readonly items: Float64Array;
  readonly sessions: Float64Array;
}

/** What a passage may share with the query. */
interface WeighedTerm {
  readonly term: string;
  /** 1: a word or a pair of characters. */
  readonly share: number;
}

/**
 * BM25 over several indexes as if they were one: a term that is rare in all of them weighs much. `character` is what a
 * Chinese character counts beside the pairs of them, as a share.
 */
export function lexicalScores(
  words: readonly string[],
  indexes: readonly ScopeIndex[],
  character: number,
): LexicalScores[] {
  const passages = sum(indexes, (index) => index.passageItems.length);
  const averageLength = sum(indexes, (index) => index.totalLength) / Math.max(passages, 1) || 1;
  const terms = weighedTerms(words, character);
  const weights = terms.map(({ term, share }) => {
    const found = sum(indexes, (index) => index.find(term).length / 2);
    return share * inverseFrequency(passages, found);
  });
  return indexes.map((index) => scoresIn(index, terms, weights, averageLength));
}

function weighedTerms(words: readonly string[], character: number): WeighedTerm[] {
  const characters = character > 0 ? hanCharacters(words) : [];
  return [
    ...[...new Set(words)].map((term) => ({ term, share: 1 })),
    ...characters.map((term) => ({ term, share: character })),
  ];
}

function scoresIn(
  index: ScopeIndex,
  terms: readonly WeighedTerm[],
  weights: readonly number[],
  averageLength: number,
): LexicalScores {
  const passages = new Float64Array(index.passageItems.length);
  terms.forEach(({ term }, number) => addTerm(index, term, weights[number] as number, averageLength, passages));
  const items = new Float64Array(index.items.length);
  for (let passage = 0; passage < passages.length; passage++) {
    const item = index.passageItems[passage] as number;
    const score = passages[passage] as number;
    if (score > (items[item] as number)) items[item] = score;
  }
  return { passages, items, sessions: sessionScores(index, terms) };
}

function addTerm(index: ScopeIndex, term: string, weight: number, averageLength: number, scores: Float64Array): void {
  const list = index.find(term);
  for (let at = 0; at < list.length; at += 2) {
    const passage = list[at] as number;
    const relativeLength = (index.passageLengths[passage] as number) / averageLength;
    scores[passage] =
      (scores[passage] as number) + weight * saturated(list[at + 1] as number, relativeLength, B_PASSAGE);
  }
}

/** Each session as one long document. */
function sessionScores(index: ScopeIndex, terms: readonly WeighedTerm[]): Float64Array {
  const count = index.sessionTurns.length;
  const scores = new Float64Array(count);
  const lengths = index.sessionLengths;
  const averageLength = lengths.reduce((total, length) => total + length, 0) / Math.max(count, 1) || 1;
  for (const { term, share } of terms) {
    const frequencies = sessionFrequencies(index, term);
    const found = frequencies.reduce((sessions, frequency) => sessions + (frequency > 0 ? 1 : 0), 0);
    const weight = share * inverseFrequency(count, found);
    frequencies.forEach((frequency, session) => {
      if (frequency === 0) return;
      scores[session] =
        (scores[session] as number) + weight * saturated(frequency, (lengths[session] as number) / averageLength);
    });
  }
  return scores;
}

function sessionFrequencies(index: ScopeIndex, term: string): Float64Array {
  const frequencies = new Float64Array(index.sessionTurns.length);
  const list = index.find(term);
  for (let at = 0; at < list.length; at += 2) {
    const session = index.sessionOf[index.passageItems[list[at] as number] as number] as number;
    if (session >= 0) frequencies[session] = (frequencies[session] as number) + (list[at + 1] as number);
  }
  return frequencies;
}

function saturated(frequency: number, relativeLength: number, b = B): number {
  return (frequency * (K1 + 1)) / (frequency + K1 * (1 - b + b * relativeLength));
}

function inverseFrequency(total: number, found: number): number {
  return Math.log(1 + (total - found + 0.5) / (found + 0.5));
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
