import { inLanes } from '../answers/in-lanes';
import type { CallOptions, MemoriApi } from '../memori/memori-api';
import type { DrawnFact, MemoryConversation, SaidTurn } from './memory-case';

/** What one request may hold: turns, and characters of them, well under the 16 MiB of a body. */
const MOST_TURNS = 500;
const MOST_CHARACTERS = 3_000_000;
/** The contract's longest turn. */
const LONGEST_TURN = 200_000;
const LANES = 4;

/** Records a conversation through the API, a session as a session. Returns the number of turns. */
export async function recordConversation(
  api: MemoriApi,
  { sessions }: MemoryConversation,
  facts: readonly DrawnFact[],
  place: { readonly namespace: string } & CallOptions,
): Promise<number> {
  const { namespace, ...options } = place;
  const idOf = new Map<string, string>();
  for (const turns of sessions) {
    const sessionId = await api.openSession({ namespace }, options);
    for (const batch of batches(turns)) {
      const { items } = await api.must('POST', `/v1/sessions/${sessionId}/turns`, batch.map(turnBody), options);
      (items as { id: string; externalId: string }[]).forEach(({ id, externalId }) => idOf.set(externalId, id));
    }
  }
  await inLanes(facts, Array.from({ length: LANES }), async ({ content, turnIds, category = 'fact' }) => {
    const sourceTurnIds = turnIds.flatMap((id) => idOf.get(id) ?? []);
    await api.must('POST', '/v1/memories', { content, category, namespace, sourceTurnIds }, options);
  });
  return idOf.size;
}

function turnBody({ id, role, name, content, occurredAt }: SaidTurn) {
  return { role, name, content: content.slice(0, LONGEST_TURN), externalId: id, occurredAt };
}

function batches(turns: readonly SaidTurn[]): SaidTurn[][] {
  const made: SaidTurn[][] = [];
  let characters = Infinity;
  for (const turn of turns.filter(({ content }) => content.trim() !== '')) {
    characters += turn.content.length;
    const last = made.at(-1);
    if (!last || last.length >= MOST_TURNS || characters > MOST_CHARACTERS) {
      made.push([turn]);
      characters = turn.content.length;
    } else last.push(turn);
  }
  return made;
}
