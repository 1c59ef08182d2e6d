import { TRAIT } from '@memori/text';
import type { RecallKind } from './memory.types';
import { type IndexedItem, VOICE } from './scope-index';
import type { RecallQuery, SignalView } from './signal-view';

/** One reason why something is found. Add one by a line in the table below, or hand it in with a query. */
export interface RecallSignal {
  readonly name: string;
  /** Of which items it can tell. */
  readonly of: readonly RecallKind[];
  /** Added parts are summed up, then multiplied by all factors. */
  readonly how: 'added' | 'factor';
  /** Its part in the score, weighted: 0 (added) or 1 (factor) says nothing. */
  part(view: SignalView, item: IndexedItem, at: number): number;
  /** Whether it says nothing of any item under this query; then it is asked for those alone that are shown. */
  isSilent?(view: SignalView): boolean;
  /** Numbers of items that are to be considered though no word of theirs, or beside them, fits. */
  candidates?(view: SignalView): Iterable<number>;
}

/** Read once: signals are asked for every item. */
const { asks, changed, dated, counted, advised, endsAsking } = TRAIT;
const TURN = ['turn'] as const;
const FACT = ['fact'] as const;

/** The signals that need nothing but the index, in the order in which they are shown. */
export const RECALL_SIGNALS: readonly RecallSignal[] = [
  { name: 'text', of: TURN, how: 'added', part: (view, _, at) => view.own(at) },
  { name: 'around', of: TURN, how: 'added', part: around },
  { name: 'session', of: TURN, how: 'added', part: session },
  {
    name: 'fits',
    of: TURN,
    how: 'added',
    part: fits,
    isSilent: ({ query }) => (query.wanted & (dated | counted)) === 0,
  },
  { name: 'newer', of: TURN, how: 'added', part: newer, isSilent: ({ query }) => (query.wanted & changed) === 0 },
  { name: 'speaker', of: TURN, how: 'factor', part: speaker, isSilent: (view) => !view.namesAnybody },
  { name: 'role', of: TURN, how: 'factor', part: role },
  { name: 'form', of: TURN, how: 'factor', part: form },
  { name: 'time', of: ['turn', 'fact'], how: 'factor', part: time, isSilent: ({ query }) => saysNoTime(query) },
  { name: 'text', of: FACT, how: 'added', part: (view, _, at) => view.weights.fact * view.own(at) },
  { name: 'importance', of: FACT, how: 'added', part: importance },
  { name: 'trust', of: FACT, how: 'factor', part: trust },
];

/**
 * What stands around a turn, and more of the question that it answers. Only among people, who have names: in a chat with
 * an assistant each message says all of it, and the neighbours of a good one are long texts about the same.
 */
function around(view: SignalView, _: IndexedItem, at: number): number {
  const { voices, traits } = view.index;
  const { previous, previous2, next, next2, answer, reply } = view.weights;
  if (voices[at] !== VOICE.person) return voices[at] === VOICE.user && reply !== 0 ? reply * view.ownBeside(at, 1) : 0;
  const before = view.beside(at, -1);
  const isAnswer = before !== undefined && ((traits[before] as number) & asks) !== 0;
  return (
    (previous + (isAnswer ? answer : 0)) * view.ownBeside(at, -1) +
    next * view.ownBeside(at, 1) +
    previous2 * view.ownBeside(at, -2) +
    next2 * view.ownBeside(at, 2)
  );
}

function session(view: SignalView, _: IndexedItem, at: number): number {
  const { chatSession, session: among } = view.weights;
  return (view.index.voices[at] === VOICE.person ? among : chatSession) * view.session(at);
}

/**
 * How things stand now was said after how they stood, and in words of change. Only in chats with an assistant: people
 * among themselves come back to a subject without replacing what they said.
 */
function newer(view: SignalView, _: IndexedItem, at: number): number {
  const { voices, traits } = view.index;
  if ((view.query.wanted & changed) === 0 || voices[at] !== VOICE.user) return 0;
  const restated = view.weights.restated * view.restates(at);
  if (!view.mayReplace(at)) return restated;
  const isChange = ((traits[at] as number) & changed) !== 0;
  return Math.max(restated, view.own(at) * (view.weights.newer + (isChange ? view.weights.changed : 0)));
}

/** It says when, or how many, and that was asked for. */
function fits({ query, weights, index }: SignalView, _: IndexedItem, at: number): number {
  const met = (index.traits[at] as number) & query.wanted;
  return (met & dated ? weights.dated : 0) + (met & counted ? weights.counted : 0);
}

function speaker(view: SignalView, _: IndexedItem, at: number): number {
  return view.isNamed(at) ? view.weights.speaker : 1;
}

function role({ query, weights, index }: SignalView, _: IndexedItem, at: number): number {
  if (index.voices[at] !== VOICE.assistant) return 1;
  return query.wanted & advised ? weights.advised : weights.assistant;
}

function form({ weights, index }: SignalView, _: IndexedItem, at: number): number {
  return index.voices[at] === VOICE.person && (index.traits[at] as number) & endsAsking ? weights.asking : 1;
}

const DAY_MS = 86_400_000;
/** People tell of a day for about so long after it. */
const TOLD_WITHIN_MS = 8 * DAY_MS;

function saysNoTime({ time: { frames, anchors } }: RecallQuery): boolean {
  return frames.length === 0 && anchors.length === 0;
}

/** What was said (or holds) in the time that the question names counts more, what was said outside it less. */
function time(view: SignalView, item: IndexedItem): number {
  if (saysNoTime(view.query)) return 1;
  const { frames } = view.query.time;
  const anchors = view.anchorTimes();
  if (frames.length === 0 && anchors.length === 0) return 1;
  const { inTime, outOfTime } = view.weights;
  const until =
    item.validToMs ?? (item.kind === 'fact' && item.validFromMs !== undefined ? Infinity : item.occurredAtMs);
  const isIn = frames.some(({ fromMs, toMs }) => item.occurredAtMs < toMs && until >= fromMs);
  if (frames.length > 0 && !isIn) {
    const isSoonAfter = frames.some(
      ({ toMs }) => item.occurredAtMs >= toMs && item.occurredAtMs < toMs + TOLD_WITHIN_MS,
    );
    return isSoonAfter ? 1 : outOfTime;
  }
  const fits = anchors.every(({ side, ms }) => (side === 'before' ? item.occurredAtMs < ms : item.occurredAtMs > ms));
  return fits ? inTime : outOfTime;
}

/** Importance tilts, it does not decide: a fact without a word in common stays out. */
function importance(view: SignalView, _: IndexedItem, at: number): number {
  return view.own(at) * 0.4 * ((view.index.importances[at] as number) - 0.5);
}

/** Of two that say as much, the one that can be trusted comes first. */
function trust({ weights, index }: SignalView, _: IndexedItem, at: number): number {
  return 1 - weights.trust * (1 - (index.trusts[at] as number));
}
