import { newId } from '@memori/scope';
import { indexTokens, passagesOf, standingWishes, TRAIT, traitsOf } from '@memori/text';
import { EventLoopShare } from './event-loop-share';
import { FieldChecks } from './field-checks';
import { parseMoment } from './moments';
import { type NewTurn, TURN_ROLES } from './session.types';

export const MAX_TURNS_AT_ONCE = 1000;
export const MAX_TURN_LENGTH = 200_000;
const MAX_NAME_LENGTH = 200;
const MAX_EXTERNAL_ID_LENGTH = 200;

/** One turn as the SQL function takes it. */
export interface TurnRow {
  readonly id: string;
  readonly external_id: string | null;
  readonly [column: string]: unknown;
}

/** Refuses the batch as a whole when a turn of it is wrong. `single`: the body was one turn, not an array. */
export function checkTurns(turns: readonly NewTurn[], single = false): void {
  const checks = new FieldChecks();
  if (turns.length === 0) checks.add('', 'must hold at least one turn');
  if (turns.length > MAX_TURNS_AT_ONCE) checks.add('', `must hold at most ${MAX_TURNS_AT_ONCE} turns`);
  else turns.forEach((turn, index) => checkTurn(checks, single ? '' : `/${index}`, turn));
  checks.throwIfAny();
}

function checkTurn(checks: FieldChecks, at: string, turn: NewTurn): void {
  if (!TURN_ROLES.includes(turn.role)) checks.add(`${at}/role`, `must be one of ${TURN_ROLES.join(', ')}`);
  checks.text(`${at}/content`, turn.content, MAX_TURN_LENGTH);
  checks.optionalText(`${at}/name`, turn.name, MAX_NAME_LENGTH);
  checks.optionalText(`${at}/externalId`, turn.externalId, MAX_EXTERNAL_ID_LENGTH);
  checks.optionalMoment(`${at}/occurredAt`, turn.occurredAt);
}

/** A new id and the search tokens of each passage go with every turn. A megabyte of text takes a second: others run in between. */
export async function toTurnRows(turns: readonly NewTurn[]): Promise<TurnRow[]> {
  const share = new EventLoopShare();
  const rows: TurnRow[] = [];
  for (const turn of turns) rows.push(await toTurnRow(turn, share));
  return rows;
}

export async function toTurnRow(turn: NewTurn, share: EventLoopShare): Promise<TurnRow> {
  const passages = passagesOf(turn.content);
  const terms: string[] = [];
  for (const { start, end } of passages) {
    terms.push(indexTokens(turn.content.slice(start, end)).join(' '));
    await share.yieldWhenUsedUp();
  }
  return {
    id: newId(),
    role: turn.role,
    name: turn.name ?? null,
    content: turn.content,
    external_id: turn.externalId ?? null,
    occurred_at: parseMoment(turn.occurredAt)?.toISOString() ?? null,
    question_id: turn.questionId ?? null,
    sql: turn.sql ?? null,
    result_shape: turn.resultShape ?? null,
    terms,
    passage_ends: passages.map(({ end }) => end),
    traits: traitsOf(turn.content) | (turn.role === 'user' && hasWishes(turn.content) ? TRAIT.wishes : 0),
  };
}

function hasWishes(content: string): boolean {
  return standingWishes(content).length > 0;
}
