import { InputError, type InputRecord } from '@memori/golds';
import type { MemoryConversation, MemoryQuestion, SaidTurn } from './memory-case';

interface Open {
  readonly sessions: Map<string, SaidTurn[]>;
  readonly questions: MemoryQuestion[];
}

/**
 * Anybody's conversations, a line for each turn and question: `{ conversation?, session, id, role?, name?, at?, text }` and
 * `{ conversation?, question, category?, evidence: [id] }`.
 */
export function conversationsOfLines(records: readonly InputRecord[], file: string): MemoryConversation[] {
  const open = new Map<string, Open>();
  for (const { fields, place } of records) {
    const name = typeof fields['conversation'] === 'string' ? fields['conversation'] : file;
    const conversation = open.get(name) ?? { sessions: new Map<string, SaidTurn[]>(), questions: [] };
    open.set(name, conversation);
    if (fields['question'] !== undefined) conversation.questions.push(questionIn(fields, place));
    else addTurn(conversation.sessions, fields, place);
  }
  return [...open].map(([id, { sessions, questions }]) => {
    const known = new Set([...sessions.values()].flat().map((turn) => turn.id));
    const missing = questions.flatMap(({ evidence }) => evidence).find((turn) => !known.has(turn));
    if (missing !== undefined) throw new InputError(`${file}: evidence names "${missing}", which nobody said.`);
    return { id, form: 'lines', sessions: [...sessions.values()], observations: [], questions };
  });
}

function addTurn(sessions: Map<string, SaidTurn[]>, fields: InputRecord['fields'], place: string): void {
  const { session, id, role = 'user', name, at, text } = fields;
  if (typeof session !== 'string' || typeof id !== 'string' || typeof text !== 'string')
    throw new InputError(`${place}: a turn needs "session", "id" and "text".`);
  if (role !== 'user' && role !== 'assistant') throw new InputError(`${place}: "role" is "user" or "assistant".`);
  const turn: SaidTurn = { id, role, content: text, ...optional('name', name), ...optional('occurredAt', at) };
  const turns = sessions.get(session);
  if (turns) turns.push(turn);
  else sessions.set(session, [turn]);
}

function questionIn(fields: InputRecord['fields'], place: string): MemoryQuestion {
  const { id = place, question, category = 'all', evidence } = fields;
  if (typeof question !== 'string' || !Array.isArray(evidence) || evidence.length === 0)
    throw new InputError(`${place}: a question needs "question" and "evidence", a list of ids of turns.`);
  return { id: String(id), question, category: String(category), evidence: evidence.map(String) };
}

function optional<Name extends string>(name: Name, value: unknown): Partial<Record<Name, string>> {
  return typeof value === 'string' ? ({ [name]: value } as Record<Name, string>) : {};
}
