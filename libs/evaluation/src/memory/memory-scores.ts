import { meanOf, percentile, share } from '../intervals';
import type { EvaluationItem, Metric } from '../report';
import type { MemoryQuestion } from './memory-case';

export const DEPTHS = [5, 10, 25, 50] as const;
/** Those at which the plain retriever is reported beside Memori. */
const PLAIN_DEPTHS = [5, 10, 25] as const;
export const BUDGETS = [512, 1024, 1200, 2048] as const;

/** BEAM's kinds whose answer stands in certain turns. Of the others (summaries, orders, standing wishes) no search brings the evidence. */
const BEAM_OTHERS: ReadonlySet<string> = new Set([
  'eventOrdering',
  'summarization',
  'instructionFollowing',
  'preferenceFollowing',
]);

/** BEAM's questions about what was to hold from then on: their evidence is wanted in the block that stands in every prompt. */
export function isStanding({ category }: MemoryQuestion): boolean {
  return category === 'instructionFollowing' || category === 'preferenceFollowing';
}

/** What one question's searches found, best first, as ids of the data set. */
export interface FoundTurns {
  readonly question: MemoryQuestion;
  readonly ranked: readonly string[];
  /** The same by the plain retriever. */
  readonly plainRanked: readonly string[];
  readonly withinTokens: Readonly<Record<number, readonly string[]>>;
  /** Turns in the block that stands in every prompt; of questions about what is to hold. */
  readonly standing?: readonly string[];
  readonly ms: number;
}

/** Share of a question's evidence turns among the first k, or within so many tokens; means over questions, by category too. */
export function memoryMetrics(found: readonly FoundTurns[]): Record<string, Metric> {
  const main = found.filter(({ question }) => !BEAM_OTHERS.has(question.category));
  const times = found.map(({ ms }) => ms);
  const updates = found.flatMap(({ question, ranked }) =>
    question.update ? [isNewerFirst(ranked, question.update)] : [],
  );
  const categories = [...new Set(found.map(({ question }) => question.category))].sort();
  return {
    ...recalls(main.length > 0 ? main : found),
    ...standingMetrics(found),
    ...(updates.length > 0 && { newerFirst: share(updates.filter(Boolean).length, updates.length) }),
    p50Ms: percentile(times, 0.5),
    p95Ms: percentile(times, 0.95),
    ...(Object.assign(
      {},
      ...(categories.length > 1 ? categories : []).map((category) => {
        const own = recalls(found.filter(({ question }) => question.category === category));
        return Object.fromEntries(Object.entries(own).map(([name, metric]) => [`${name}.${category}`, metric]));
      }),
    ) as Record<string, Metric>),
  };
}

/** Share of the evidence that stands in the block, and of the block's turns that no question names. */
function standingMetrics(found: readonly FoundTurns[]): Record<string, Metric> {
  const asked = found.flatMap(({ question, standing }) => (standing ? [{ question, standing }] : []));
  if (asked.length === 0) return {};
  const named = new Set(asked.flatMap(({ question }) => question.evidence));
  const turns = [...new Set(asked.flatMap(({ standing }) => standing))];
  return {
    standingInBlock: meanOf(asked.map(({ question, standing }) => shareOf(question.evidence, standing))),
    standingUnnamed: share(turns.filter((turn) => !named.has(turn)).length, turns.length),
  };
}

export function itemOf({ question, ranked, plainRanked, withinTokens, ms }: FoundTurns): EvaluationItem {
  const { id, category, evidence } = question;
  const placesIn = (ids: readonly string[]) =>
    Object.fromEntries(evidence.map((turn) => [turn, ids.indexOf(turn) + 1 || null]));
  const within = Object.fromEntries(
    Object.entries(withinTokens).map(([budget, ids]) => [budget, shareOf(evidence, ids)]),
  );
  const ok = evidence.every((turn) => ranked.slice(0, 10).includes(turn));
  return { id, ok, category, places: placesIn(ranked), plainPlaces: placesIn(plainRanked), within, ms };
}

function recalls(found: readonly FoundTurns[]): Record<string, Metric> {
  const depths = DEPTHS.map((depth): [string, Metric] => [
    `recallAt${depth}`,
    meanOf(found.map(({ question, ranked }) => shareOf(question.evidence, ranked.slice(0, depth)))),
  ]);
  const plain = PLAIN_DEPTHS.map((depth): [string, Metric] => [
    `plainRecallAt${depth}`,
    meanOf(found.map(({ question, plainRanked }) => shareOf(question.evidence, plainRanked.slice(0, depth)))),
  ]);
  const budgets = BUDGETS.map((budget): [string, Metric] => [
    `recallAtTokens${budget}`,
    meanOf(found.map(({ question, withinTokens }) => shareOf(question.evidence, withinTokens[budget] ?? []))),
  ]);
  return Object.fromEntries([...depths, ...plain, ...budgets]);
}

function shareOf(evidence: readonly string[], ids: readonly string[]): number {
  return evidence.filter((id) => ids.includes(id)).length / evidence.length;
}

/** What was said last stands above what it replaced; where both are one turn there is no order, and it does not count. */
function isNewerFirst(ranked: readonly string[], { older, newer }: NonNullable<MemoryQuestion['update']>): boolean {
  const place = (ids: readonly string[]) =>
    Math.min(...ids.map((id) => ranked.indexOf(id)).filter((at) => at >= 0), Infinity);
  return place(newer) < place(older);
}
