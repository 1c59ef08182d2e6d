import type { World } from '../world/world';
import { type Finding, unless } from './check';

interface QuestionRow {
  readonly id: string;
  readonly question: string;
  readonly status: string;
  readonly user_turns: number;
  readonly assistant_turns: number;
  readonly ends: number;
}

const QUESTIONS = `
  SELECT q.id, q.question, q.status,
    (SELECT count(*) FROM memori.turns t WHERE t.question_id = q.id AND t.role = 'user')::int AS user_turns,
    (SELECT count(*) FROM memori.turns t WHERE t.question_id = q.id AND t.role = 'assistant')::int AS assistant_turns,
    (SELECT count(*) FROM memori.question_events e WHERE e.question_id = q.id AND e.type IN ('done', 'error'))::int AS ends
  FROM memori.questions q`;

/** Every question that was acknowledged came to one end, and what was said was written once. */
export async function nothingLost(world: World): Promise<Finding[]> {
  const rows = await world.sql.rows<QuestionRow>(QUESTIONS);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const acknowledged = world.asked.filter(({ status, id }) => (status === 200 || status === 202) && id);
  const lost = acknowledged.filter(({ id }) => !byId.has(id ?? ''));
  const unended = rows.filter(({ status, ends }) => ['queued', 'running'].includes(status) || ends !== 1);
  const spoken = (row: QuestionRow) => (['answered', 'clarification', 'refused'].includes(row.status) ? 1 : 0);
  const doubled = rows.filter((row) => row.user_turns !== spoken(row) || row.assistant_turns !== spoken(row));
  const states = new Map<string, number>();
  for (const { status } of rows) states.set(status, (states.get(status) ?? 0) + 1);
  const told = [...states].map(([state, count]) => `${count} ${state}`).join(', ');
  return [
    unless(lost, 'Every acknowledged question is there', `${acknowledged.length} of ${world.asked.length} asked`),
    unless(unended, 'Every question came to one end', told),
    unless(doubled, 'Each turn was written once', `${rows.reduce((sum, row) => sum + row.user_turns, 0)} answers`),
  ];
}
