import type { TurnRole } from '@memori/session';
import { localMoment, passagesOf } from '@memori/text';

/** A turn as facts are drawn from it. */
export interface SourceTurn {
  readonly id: string;
  readonly seq: number;
  readonly role: TurnRole;
  readonly name: string | null;
  readonly content: string;
  readonly occurredAt: Date;
  readonly questionId: string | null;
  readonly sql: string | null;
}

/** What somebody wrote about a wrong answer, and the turn of the question. */
export interface Correction {
  readonly id: string;
  readonly turnId: string;
  readonly question: string;
  readonly note: string | null;
  readonly sql: string | null;
  readonly saidAt: Date;
}

/** One line of a prompt, and whose words it holds. */
export interface FactLine {
  readonly turnId: string;
  readonly text: string;
  readonly tokens: number;
}

/** What lines may take. */
export interface LineRoom {
  readonly tokensOf: (text: string) => number;
  /** Of one request, for its lines. */
  readonly tokens: number;
  readonly lines: number;
}

const MOST_SQL = 2000;
/** Characters that a token has at least, about: a first cut, before tokens are counted. */
const LEAST_CHARACTERS_A_TOKEN = 1;

/** A line a turn; one that is too long for a request comes in several, under the same id. */
export function turnLines(turn: SourceTurn, timeZone: string, room: LineRoom): FactLine[] {
  const head = `${turn.id} | ${momentText(turn.occurredAt, timeZone)} | ${speakerOf(turn)} | `;
  const ran = turn.sql ? ` | SQL that answered: ${quoted(turn.sql.slice(0, MOST_SQL))}` : '';
  const most = Math.max(200, Math.floor(room.tokens / 2) * LEAST_CHARACTERS_A_TOKEN);
  return piecesOf(turn.content, most).map((piece, index) =>
    line(turn.id, head + quoted(piece) + (index === 0 ? ran : ''), room),
  );
}

export function correctionLine(correction: Correction, timeZone: string, room: LineRoom): FactLine {
  const { turnId, question, note, sql, saidAt } = correction;
  const parts = [
    `${turnId} | ${momentText(saidAt, timeZone)} | correction by user | the answer to ${quoted(question.slice(0, 1000))} was wrong`,
    ...(note ? [`what the user wrote: ${quoted(note.slice(0, 4000))}`] : []),
    ...(sql ? [`right SQL: ${quoted(sql.slice(0, MOST_SQL))}`] : []),
  ];
  return line(turnId, parts.join(' | '), room);
}

/** Lines by request, in their order. */
export function requestsOf(lines: readonly FactLine[], room: LineRoom): FactLine[][] {
  const requests: FactLine[][] = [];
  let tokens = 0;
  for (const each of lines) {
    const current = requests.at(-1);
    const fits = current && current.length < room.lines && tokens + each.tokens <= room.tokens;
    if (fits) current.push(each);
    else requests.push([each]);
    tokens = fits ? tokens + each.tokens : each.tokens;
  }
  return requests;
}

/** `2024-03-05 Tuesday 10:30`: what "yesterday" was for the one who said it. */
export function momentText(moment: Date, timeZone: string): string {
  const { weekday, date, time } = localMoment(moment, timeZone);
  return `${date} ${weekday} ${time}`;
}

/** A JSON string on one line, in which no mark of a block is left. */
export function quoted(text: string): string {
  return JSON.stringify(text)
    .replaceAll('<', '\\u003c')
    .replace(
      /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}

function speakerOf({ role, name, questionId }: SourceTurn): string {
  const who = name ? `${role} ${quoted(name)}` : role;
  return questionId !== null && role === 'assistant' ? `${who}, answering` : who;
}

function line(turnId: string, text: string, { tokensOf }: LineRoom): FactLine {
  return { turnId, text, tokens: tokensOf(text) + 1 };
}

function piecesOf(content: string, most: number): string[] {
  if (content.length <= most) return [content];
  const pieces: string[] = [];
  for (const { start, end } of passagesOf(content)) {
    const passage = content.slice(start, end);
    const last = pieces.at(-1);
    if (last !== undefined && last.length + passage.length <= most) pieces[pieces.length - 1] = last + passage;
    else pieces.push(passage);
  }
  return pieces;
}
