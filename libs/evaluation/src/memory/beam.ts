import { InputError } from '@memori/golds';
import type { MemoryConversation, MemoryQuestion, SaidTurn } from './memory-case';

type Fields = Readonly<Record<string, unknown>>;

/** A chat of BEAM (Tavakoli et al., 2025): batches of exchanges `{ batch_number, turns: [[{ role, id, content }]] }`. */
export function isBeamChat(content: unknown): content is Fields[] {
  return Array.isArray(content) && content.length > 0 && content.every((each) => isObject(each) && 'turns' in each);
}

/** Its questions by kind, `{ information_extraction: [{ question, source_chat_ids }], … }`. */
export function isBeamQuestions(content: unknown): content is Record<string, Fields[]> {
  if (!isObject(content)) return false;
  const lists = Object.values(content);
  return lists.length > 0 && lists.every((list) => Array.isArray(list) && list.every(isObject));
}

/** What a chat and its questions have in common: the path without what tells them apart. */
export function beamName(file: string): string {
  return file.replace(/(?:\/probing_questions)?[./](?:chat|probing_questions)\.json(?:\.gz)?$/, '');
}

export function beamConversation(
  id: string,
  chat: readonly Fields[],
  questions: Readonly<Record<string, readonly Fields[]>>,
): MemoryConversation {
  const sessions = sessionsOf(chat, id);
  const known = new Set(sessions.flat().map((turn) => turn.id));
  return {
    id,
    form: 'beam',
    sessions,
    observations: [],
    questions: Object.entries(questions).flatMap(([category, list]) =>
      list.map((fields, at) => questionOf(fields, `${id}:${category}:${at + 1}`, category, known)),
    ),
  };
}

/** A batch is a session. Only some messages name their day; the others were written on the day named last. */
function sessionsOf(chat: readonly Fields[], place: string): SaidTurn[][] {
  let occurredAt: string | undefined;
  return chat.map((batch) => {
    const { turns, time_anchor: anchor } = batch;
    if (!Array.isArray(turns)) throw new InputError(`${place}: "turns" is no list.`);
    occurredAt = dayOf(anchor) ?? occurredAt;
    return (turns as Fields[][]).flat().map((message) => {
      occurredAt = dayOf(message['time_anchor']) ?? occurredAt;
      return {
        id: String(message['id']),
        role: message['role'] === 'assistant' ? ('assistant' as const) : ('user' as const),
        // "->-> 1,1" is a mark of those who made the set.
        content: String(message['content']).replace(/\s*->->\s*[\d,\sN/A]*$/, ''),
        ...(occurredAt !== undefined && { occurredAt }),
      };
    });
  });
}

/** "March-15-2024" */
function dayOf(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const day = new Date(`${text.replaceAll('-', ' ')} UTC`);
  return Number.isNaN(day.getTime()) ? undefined : day.toISOString();
}

function questionOf(fields: Fields, id: string, category: string, known: ReadonlySet<string>): MemoryQuestion {
  const sources = fields['source_chat_ids'];
  const ids = (value: unknown) => [...new Set(flat(value).map(String))].filter((each) => known.has(each));
  const update = isObject(sources) && 'updated_info' in sources;
  return {
    id,
    question: String(fields['question']),
    category: category.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
    evidence: ids(sources),
    ...(update && { update: { older: ids(sources['original_info']), newer: ids(sources['updated_info']) } }),
  };
}

function flat(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(flat);
  if (isObject(value)) return Object.values(value).flatMap(flat);
  return value == null ? [] : [value];
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
