import { InputError, readRecords, type InputRecord } from '@memori/golds';
import type { DrawnFact, MemoryConversation } from './memory-case';

/** Where the facts come from that are kept beside the turns. */
export type FactsMode = 'none' | 'observations' | { readonly replay: string };

export function readFactsMode(text: string): FactsMode {
  return text === 'none' || text === 'observations' ? text : { replay: text };
}

/** As the report names it. */
export function factsName(mode: FactsMode): string {
  return typeof mode === 'string' ? mode : `replay=${mode.replay}`;
}

export type FactsOf = (conversation: MemoryConversation) => readonly DrawnFact[];

/** A replay file holds lines `{ conversation, content, turnIds, category? }`, or `{ conversation, facts: [of these] }`. */
export function factsOf(mode: FactsMode): FactsOf {
  if (mode === 'none') return () => [];
  if (mode === 'observations') return ({ observations }) => observations;
  const byConversation = new Map<string, DrawnFact[]>();
  for (const record of readRecords([mode.replay])) {
    const { conversation } = record.fields;
    if (typeof conversation !== 'string') throw new InputError(`${record.place}: "conversation" is missing.`);
    byConversation.set(conversation, [...(byConversation.get(conversation) ?? []), ...factsIn(record)]);
  }
  return ({ id }) => byConversation.get(id) ?? [];
}

function factsIn({ fields, place }: InputRecord): DrawnFact[] {
  const list = Array.isArray(fields['facts']) ? (fields['facts'] as Readonly<Record<string, unknown>>[]) : [fields];
  return list.map(({ content, turnIds, category }) => {
    if (typeof content !== 'string' || !Array.isArray(turnIds))
      throw new InputError(`${place}: a fact needs "content" and "turnIds", a list.`);
    return { content, turnIds: turnIds.map(String), ...(typeof category === 'string' && { category }) };
  });
}
