import { newId } from '@memori/scope';
import { textFault } from '@memori/text';
import { MAX_MEMORY_LENGTH } from '../memory-input';
import { MEMORY_CATEGORIES, type MemoryCategory } from '../memory.types';
import { isEssential, mayStand } from './essential';
import { factDate } from './fact-dates';
import { factKey } from './fact-key';
import type { DrawnFact } from './reconcile';
import { isRecalled, type RecalledText } from './recalled-text';

/** A turn that was sent, as it is stored now. */
export interface SentTurn {
  readonly id: string;
  readonly role: string;
  readonly questionId: string | null;
  /** When it was said; of a correction, when that was. */
  readonly saidAt: Date;
}

/** Why a fact of a reply was not taken. */
export type Rejection = 'unknown-turn' | 'recalled' | 'answer' | 'unreadable';

interface ReplyFact {
  readonly content: string;
  readonly category: string;
  readonly importance: number;
  readonly subject: string | null;
  readonly predicate: string | null;
  readonly validFrom: string | null;
  readonly validTo: string | null;
  readonly turnIds: readonly string[];
}

const MOST_NAME = 200;
const MOST_SOURCES = 20;

/** The facts of a reply that may be kept, and how many were not, by reason. The model names turns; only those sent count. */
export function readFacts(
  json: unknown,
  sent: ReadonlyMap<string, SentTurn>,
  recalled: readonly RecalledText[],
): { facts: DrawnFact[]; rejected: Rejection[] } {
  const facts: DrawnFact[] = [];
  const rejected: Rejection[] = [];
  for (const said of (json as { facts: readonly ReplyFact[] }).facts) {
    // One that has not the form that was asked for spoils none of the others.
    const fact = isWhole(said) ? toFact(said, sent, recalled) : 'unreadable';
    const reason = typeof fact === 'string' ? fact : rejectionOf(fact, sent, recalled);
    if (reason !== undefined) rejected.push(reason);
    else facts.push(fact as DrawnFact);
  }
  return { facts, rejected };
}

function toFact(
  said: ReplyFact,
  sent: ReadonlyMap<string, SentTurn>,
  recalled: readonly RecalledText[],
): DrawnFact | Rejection {
  const turns = [...new Set(said.turnIds.map((id) => id.trim().toLowerCase()))].flatMap((id) => sent.get(id) ?? []);
  const [first] = turns;
  if (!first) return 'unknown-turn';
  const content = said.content.normalize('NFC').replaceAll(/\s+/gu, ' ').trim();
  if (content === '' || content.length > MAX_MEMORY_LENGTH || textFault(content)) return 'unreadable';
  const statement = { content, subject: named(said.subject), predicate: named(said.predicate) };
  const saidAt = turns.reduce((latest, { saidAt: at }) => (at > latest ? at : latest), first.saidAt);
  const statedFrom = factDate(said.validFrom, 'from') ?? null;
  const to = factDate(said.validTo, 'to') ?? null;
  // An end before the beginning says nothing.
  const statedTo = to && to > (statedFrom ?? new Date(0)) ? to : null;
  const category = categoryOf(said.category);
  const importance = Number.isFinite(said.importance) ? Math.min(1, Math.max(0, said.importance)) : 0.5;
  const trust = trustOf(turns, recalled);
  return {
    id: newId(),
    ...statement,
    ...factKey(statement, { from: statedFrom, to: statedTo }),
    category,
    importance,
    statedFrom,
    statedTo,
    saidAt,
    turnIds: turns.slice(0, MOST_SOURCES).map(({ id }) => id),
    trust,
    essential: mayStand(trust) && isEssential({ category, importance, ...statement }),
  };
}

function isWhole(said: ReplyFact | null): said is ReplyFact {
  const isText = (value: unknown) => value == null || typeof value === 'string';
  return (
    typeof said?.content === 'string' &&
    Array.isArray(said.turnIds) &&
    said.turnIds.every((id) => typeof id === 'string') &&
    [said.subject, said.predicate, said.validFrom, said.validTo].every(isText)
  );
}

/** What people said is trusted; what an assistant said, as far as the least of what it was given to read. */
function trustOf(turns: readonly SentTurn[], recalled: readonly RecalledText[]): number {
  if (turns.every(({ role }) => role !== 'assistant')) return 1;
  return recalled.reduce((lowest, { trust }) => Math.min(lowest, trust), 1);
}

/** What came out of a prompt is nothing new: the assistant's own answers, and what it was given to read. */
function rejectionOf(
  fact: DrawnFact,
  sent: ReadonlyMap<string, SentTurn>,
  recalled: readonly RecalledText[],
): Rejection | undefined {
  const sources = fact.turnIds.flatMap((id) => sent.get(id) ?? []);
  if (sources.every(({ role, questionId }) => role === 'assistant' && questionId !== null)) return 'answer';
  // A person who says it once more stands by it: that is support, and no echo.
  if (sources.some(({ role }) => role === 'user')) return undefined;
  return isRecalled(fact.content, recalled) ? 'recalled' : undefined;
}

function named(name: string | null): string | null {
  const plain = (name ?? '').replaceAll(/\s+/gu, ' ').trim();
  return plain === '' || plain.length > MOST_NAME || textFault(plain) ? null : plain;
}

function categoryOf(category: string): MemoryCategory {
  return MEMORY_CATEGORIES.find((known) => known === category) ?? 'fact';
}
