import type { MemoriApi } from '../memori/memori-api';
import { promptText } from '../recorder/messages-body';
import type { Findings, Progress, SkippedCase } from '../report';
import type { ModelDesk } from '../answers/answers-evaluation';
import type { Dialogue, DialogueTurn } from './dialogues';
import { followupFindings, type JudgedTurn } from './followup-scores';
import { missingFrom } from './missing-from';

export interface FollowupsSetup {
  readonly api: MemoriApi;
  readonly desk: ModelDesk;
  /** The data source of a dialogue, or why there is none. */
  readonly sourceOf: (dbId: string | undefined) => Promise<{ readonly id: string; readonly name: string } | string>;
}

interface Conversation {
  readonly setup: FollowupsSetup;
  readonly source: { readonly id: string; readonly name: string };
  readonly user: string;
}

/**
 * Leads every dialogue twice: in one session, by a user who told Memori what it should remember, and turn by turn by one
 * of whom it knows nothing. Memori answers with the SQL of the dialogue; what counts is what stood in its prompts.
 */
export async function evaluateFollowups(
  all: readonly Dialogue[],
  setup: FollowupsSetup,
  progress: Progress,
): Promise<Findings> {
  const items: JudgedTurn[] = [];
  const skipped: SkippedCase[] = [];
  // One after the other: "and by month?" is asked in many of them, and means something else each time.
  for (const [at, dialogue] of all.entries()) {
    const source = await setup.sourceOf(dialogue.dbId);
    if (typeof source === 'string') skipped.push({ id: dialogue.id, reason: source });
    else items.push(...(await lead(dialogue, source, setup)));
    progress(at + 1, all.length);
  }
  return followupFindings(items, skipped);
}

async function lead(dialogue: Dialogue, source: Conversation['source'], setup: FollowupsSetup): Promise<JudgedTurn[]> {
  const known = { setup, source, user: `follow-ups ${dialogue.id}` };
  const stranger = { ...known, user: `stranger ${dialogue.id}` };
  await tell(dialogue, known);
  const session = await open(known);
  const judged: JudgedTurn[] = [];
  for (const [at, turn] of dialogue.turns.entries()) {
    const { prompt, fault } = await ask(turn, session, known);
    const without = await ask(turn, await open(stranger, true), stranger);
    const missing = prompt === undefined ? turn.must : missingFrom(prompt, turn.must);
    judged.push({
      id: `${dialogue.id}/${at + 1}`,
      ok: missing.length === 0,
      okWithout: without.prompt !== undefined && missingFrom(without.prompt, turn.must).length === 0,
      turn: at + 1,
      ...(dialogue.language !== undefined && { language: dialogue.language }),
      question: turn.question,
      ...(missing.length > 0 && { missing }),
      ...(fault !== undefined && { fault }),
    });
  }
  return judged;
}

/** What Memori knows of the user before the dialogue begins. */
async function tell({ memories, earlier }: Dialogue, known: Conversation): Promise<void> {
  const { setup, source, user } = known;
  for (const memory of memories) {
    const body = { ...memory, namespace: namespaceOf(source) };
    await setup.api.must('POST', '/v1/memories', body, { user });
  }
  if (earlier.length === 0) return;
  const session = await open(known);
  for (const turn of earlier) await ask(turn, session, known);
}

function open({ setup, source, user }: Conversation, isolated = false): Promise<string> {
  return setup.api.openSession({ namespace: namespaceOf(source), isolated }, { user });
}

/** Where questions about a data source belong when they name no place. */
function namespaceOf({ id }: Conversation['source']): string {
  return `schema:${id}`;
}

async function ask(
  { question, sql }: DialogueTurn,
  sessionId: string,
  { setup, source, user }: Conversation,
): Promise<{ readonly prompt?: string; readonly fault?: string }> {
  const { api, desk } = setup;
  desk.expect(source.name, question, { sql });
  const answer = await api.ask({ question, dataSourceId: source.id, sessionId, maxRows: 100 }, { user });
  const [first] = desk.take(source.name, question);
  const prompt = first && promptText(first.request.body);
  // An SQL that failed leaves no turn, so the next prompts would lack it through no fault of Memori's.
  const fault = answer.error ? `its own SQL failed: ${answer.error.detail} (${answer.error.code})` : undefined;
  return { prompt, fault };
}
