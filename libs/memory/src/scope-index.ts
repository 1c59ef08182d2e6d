import { hanCharacters } from './han-characters';
import type { TurnRole } from '@memori/session';
import type { MemoryCategory, MemoryScope, RecallKind } from './memory.types';

/** What the index holds of a turn or a fact: everything but the text. */
export interface IndexedItem {
  readonly kind: RecallKind;
  readonly id: string;
  readonly sessionId: string | null;
  readonly occurredAtMs: number;
  /** Search tokens, joined by blanks, passage by passage. */
  readonly passages: readonly string[];
  /** Turns only. */
  readonly seq?: number;
  readonly role?: TurnRole;
  /** The tokens of the speaker's name, joined by blanks. */
  readonly speaker?: string;
  /** Bits of TRAIT. */
  readonly traits?: number;
  /** Facts only. */
  readonly scope?: MemoryScope;
  readonly namespace?: string | null;
  readonly category?: MemoryCategory;
  readonly importance?: number;
  /** 0 to 1; whole when left out. */
  readonly trust?: number;
  readonly validFromMs?: number;
  readonly validToMs?: number;
  readonly sources?: readonly string[];
  /** When it was said; of one that was told, the turns that it names. Undefined: nobody said it, it was written down. */
  readonly saidAtMs?: number;
  readonly recordedAtMs?: number;
  /** Of one that another one ended: since when that was known, and the end that it had of itself. */
  readonly endKnownAtMs?: number;
  readonly statedToMs?: number;
}

/** Who speaks in an item: of people among themselves each has a name, in a chat the roles tell them apart. */
export const VOICE = { none: 0, person: 1, user: 2, assistant: 3 } as const;

/** Pairs of passage and frequency, flat and by passage: [passage, count, passage, count, …]. */
export type Postings = number[];

/**
 * An inverted index over all that may be recalled in one namespace, held in memory. It only grows; whoever finds that
 * something was changed or erased builds a new one. A turn's key is its text, the date and the facts drawn from it.
 */
export class ScopeIndex {
  readonly items: IndexedItem[] = [];
  readonly facts: IndexedItem[] = [];
  /** What the score of every item is made from, beside one another: reading the items themselves would cost most of a search. */
  readonly isFact: boolean[] = [];
  readonly voices: number[] = [];
  readonly traits: number[] = [];
  /** 0 to 1. */
  readonly importances: number[] = [];
  readonly trusts: number[] = [];
  /** The number of its speaker among `speakers`, -1 without one. */
  readonly speakerOf: number[] = [];
  readonly speakers: string[] = [];
  /** The item of each passage, and its length in tokens. */
  readonly passageItems: number[] = [];
  readonly passageLengths: number[] = [];
  /** First passage of each item. */
  readonly firstPassages: number[] = [];
  /** Numbers of the sessions of turns, and their turns in order. */
  readonly sessionOf: number[] = [];
  readonly sessionTurns: number[][] = [];
  readonly placeInSession: number[] = [];
  /** Length of each session in tokens. */
  readonly sessionLengths: number[] = [];
  totalLength = 0;
  postingCount = 0;

  private readonly postings = new Map<string, Postings>();
  private readonly sessionNumbers = new Map<string, number>();
  private readonly itemNumbers = new Map<string, number>();
  private readonly speakerNumbers = new Map<string, number>();

  constructor(public version = 0) {}

  add(given: IndexedItem): void {
    const item = this.dated(given);
    const number = this.items.push(item) - 1;
    this.itemNumbers.set(item.id, number);
    if (item.kind === 'fact') this.facts.push(item);
    this.firstPassages.push(this.passageItems.length);
    this.isFact.push(item.kind === 'fact');
    this.voices.push(voiceOf(item));
    this.traits.push(item.traits ?? 0);
    this.importances.push(item.importance ?? 0.5);
    this.trusts.push(item.trust ?? 1);
    this.speakerOf.push(this.speakerNumber(item.speaker));
    this.placeInSessionOf(item, number);
    const date = item.kind === 'turn' ? dateTokens(item.occurredAtMs) : [];
    for (const terms of item.passages) this.addPassage(number, tokensOf(terms).concat(date));
    for (const source of item.sources ?? []) this.expandKey(source, item.passages);
  }

  find(term: string): Postings {
    return this.postings.get(term) ?? NONE;
  }

  /** The turns of a session, in order. */
  turnsOf(sessionId: string): IndexedItem[] {
    const turns = this.sessionTurns[this.sessionNumbers.get(sessionId) ?? -1] ?? [];
    return turns.map((number) => this.items[number] as IndexedItem);
  }

  /** A fact that somebody told of turns was said when the last of them was. They came before it. */
  private dated(item: IndexedItem): IndexedItem {
    if (item.kind !== 'fact' || item.saidAtMs !== undefined || !item.sources?.length) return item;
    const times = item.sources.flatMap((source) => this.items[this.itemNumbers.get(source) ?? -1]?.occurredAtMs ?? []);
    return times.length > 0 ? { ...item, saidAtMs: Math.max(...times) } : item;
  }

  private placeInSessionOf(item: IndexedItem, number: number): void {
    if (item.kind !== 'turn' || item.sessionId === null) {
      this.sessionOf.push(-1);
      this.placeInSession.push(-1);
      return;
    }
    const known = this.sessionNumbers.get(item.sessionId);
    const session = known ?? this.sessionTurns.push([]) - 1;
    if (known === undefined) {
      this.sessionNumbers.set(item.sessionId, session);
      this.sessionLengths.push(0);
    }
    this.sessionOf.push(session);
    this.placeInSession.push((this.sessionTurns[session] as number[]).push(number) - 1);
  }

  private speakerNumber(name: string | undefined): number {
    if (name === undefined) return -1;
    const known = this.speakerNumbers.get(name);
    if (known !== undefined) return known;
    const number = this.speakers.push(name) - 1;
    this.speakerNumbers.set(name, number);
    return number;
  }

  private addPassage(item: number, tokens: string[]): void {
    const passage = this.passageItems.push(item) - 1;
    this.passageLengths.push(tokens.length);
    this.totalLength += tokens.length;
    const session = this.sessionOf[item] as number;
    if (session >= 0) this.sessionLengths[session] = (this.sessionLengths[session] as number) + tokens.length;
    this.postAll(tokens, passage);
  }

  /** A turn is found by the words of the facts that came from it, too. */
  private expandKey(turnId: string, passages: readonly string[]): void {
    const turn = this.itemNumbers.get(turnId);
    if (turn === undefined) return;
    const passage = this.firstPassages[turn] as number;
    for (const terms of passages) this.postAll(tokensOf(terms), passage);
  }

  /** Characters beside the pairs do not count as its length. */
  private postAll(tokens: readonly string[], passage: number): void {
    for (const term of tokens) this.post(term, passage);
    for (const character of hanCharacters(tokens)) this.post(character, passage);
  }

  private post(term: string, passage: number): void {
    const list = this.postings.get(term);
    if (!list) {
      this.postingCount++;
      this.postings.set(term, [passage, 1]);
      return;
    }
    const at = placeOf(list, passage);
    if (list[at] === passage) {
      list[at + 1] = (list[at + 1] as number) + 1;
      return;
    }
    this.postingCount++;
    if (at === list.length) list.push(passage, 1);
    else list.splice(at, 0, passage, 1);
  }
}

function voiceOf({ kind, speaker, role }: IndexedItem): number {
  if (kind === 'fact') return VOICE.none;
  if (speaker !== undefined) return VOICE.person;
  return role === 'user' ? VOICE.user : role === 'assistant' ? VOICE.assistant : VOICE.none;
}

const NONE: Postings = [];
/** As a text is indexed. */
export const MONTHS = [
  'januari',
  'februari',
  'march',
  'april',
  'may',
  'june',
  'juli',
  'august',
  'septemb',
  'octob',
  'novemb',
  'decemb',
];

/** "What did we say in May 2023?": the date as its stems stand in a question. */
function dateTokens(occurredAtMs: number): string[] {
  const date = new Date(occurredAtMs);
  return [String(date.getUTCFullYear()), MONTHS[date.getUTCMonth()] as string, String(date.getUTCDate())];
}

function tokensOf(terms: string): string[] {
  return terms === '' ? [] : terms.split(' ');
}

/** Where the pair of the passage stands, or would stand. Most are looked for at the end: what is new comes last. */
function placeOf(list: Postings, passage: number): number {
  let [low, high] = [0, list.length / 2];
  if (high > 0 && (list[list.length - 2] as number) <= passage) low = high - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[2 * middle] as number) < passage) low = middle + 1;
    else high = middle;
  }
  return 2 * low;
}
