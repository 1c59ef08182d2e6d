import { InputError } from '@memori/golds';
import type { DrawnFact, MemoryConversation, MemoryQuestion, SaidTurn } from './memory-case';

const CATEGORIES: Readonly<Record<string, string>> = {
  1: 'multiHop',
  2: 'temporal',
  3: 'open',
  4: 'singleHop',
  5: 'adversarial',
};

type Fields = Readonly<Record<string, unknown>>;

/** A list of LoCoMo's conversations (Maharana et al., 2024): `{ conversation: { session_1, session_1_date_time, … }, qa }`. */
export function isLocomo(content: unknown): content is Fields[] {
  return Array.isArray(content) && content.length > 0 && content.every((each) => isObject(each) && 'qa' in each);
}

export function locomoConversations(content: readonly Fields[], place: string): MemoryConversation[] {
  return content.map((fields, at) => conversationOf(fields, `${place}[${at}]`));
}

function conversationOf({ conversation, qa, observation, sample_id: name }: Fields, place: string): MemoryConversation {
  if (!isObject(conversation) || !Array.isArray(qa))
    throw new InputError(`${place}: "conversation" and "qa" are missing.`);
  const sessions = sessionsOf(conversation, place);
  if (sessions.length === 0) throw new InputError(`${place}: there is no "session_1".`);
  const id = typeof name === 'string' ? name : place;
  const known = new Set(sessions.flat().map((turn) => turn.id));
  return {
    id,
    form: 'locomo',
    sessions,
    observations: isObject(observation) ? observationsOf(observation, known) : [],
    questions: (qa as Fields[]).map((each, at) => questionOf(each, `${id}:${at + 1}`, known)),
  };
}

function sessionsOf(conversation: Fields, place: string): SaidTurn[][] {
  const sessions: SaidTurn[][] = [];
  for (let number = 1; conversation[`session_${number}`] !== undefined; number++) {
    const turns = conversation[`session_${number}`];
    if (!Array.isArray(turns)) throw new InputError(`${place}: "session_${number}" is no list.`);
    const occurredAt = momentOf(conversation[`session_${number}_date_time`]);
    sessions.push(
      (turns as Fields[]).map(({ speaker, dia_id: id, text }) => ({
        id: String(id),
        role: 'user' as const,
        name: String(speaker),
        content: String(text),
        ...(occurredAt !== undefined && { occurredAt }),
      })),
    );
  }
  return sessions;
}

/** "1:56 pm on 8 May, 2023" */
function momentOf(text: unknown): string | undefined {
  const moment = new Date(`${String(text).replace(/^(.*) on (.*)$/, '$2 $1')} UTC`);
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString();
}

function questionOf(fields: Fields, id: string, known: ReadonlySet<string>): MemoryQuestion {
  return {
    id,
    question: String(fields['question']),
    category: CATEGORIES[String(fields['category'])] ?? String(fields['category']),
    evidence: turnIdsIn(fields['evidence'], known),
  };
}

/** `{ session_1_observation: { Ada: [[content, "D1:3" or a list of them], …] } }` */
function observationsOf(observation: Fields, known: ReadonlySet<string>): DrawnFact[] {
  return Object.values(observation).flatMap((bySpeaker) =>
    Object.values(isObject(bySpeaker) ? bySpeaker : {}).flatMap((list) =>
      (Array.isArray(list) ? (list as unknown[][]) : []).flatMap((pair) => {
        const [content, source] = pair;
        return typeof content === 'string' ? [{ content, turnIds: turnIdsIn(source, known) }] : [];
      }),
    ),
  );
}

/** Ids that there are: labels were written by hand, as "D8:6; D9:17" and "D30:05", some of turns that do not exist. */
function turnIdsIn(value: unknown, known: ReadonlySet<string>): string[] {
  const ids = [value].flat(2).flatMap((text) => [...String(text).matchAll(/D:?(\d+):0*(\d+)/g)]);
  return [...new Set(ids.map(([, session, turn]) => `D${session}:${turn}`))].filter((id) => known.has(id));
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
