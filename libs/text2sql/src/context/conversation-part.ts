import type { RecallItem } from '@memori/memory';
import type { Turn } from '@memori/session';
import type { GlossaryEntry } from '../glossary/glossary-entry';
import type { GlossaryWord } from '../glossary/glossary-book';
import type { VerifiedQuery } from '../verified-query/verified-query';
import type { PromptMeter } from './prompt-meter';
import { quoted } from './quoted';

/** One line of a prompt that came from somebody else, with what it costs. */
export interface Line<T> {
  readonly item: T;
  readonly text: string;
  readonly tokens: number;
}

const MOST_TURN = 1000;
const MOST_SQL = 3000;
const MOST_HEADING = 200;
const MOST_MEMORY = 2000;
const MOST_SUMMARY = 4000;
const MOST_DEFINITION = 2000;

export function turnLine(turn: Turn, meter: PromptMeter): Line<Turn> {
  const { sql, resultShape, role, content } = turn;
  const ran = sql ? ` | SQL: ${quoted(sql, MOST_SQL)}` : '';
  const shape = resultShape
    ? ` | returned ${resultShape.rowCount} rows of ${quoted(resultShape.columns.join(', '), 300)}`
    : '';
  return line(turn, `- ${role}: ${quoted(content, MOST_TURN)}${ran}${shape}`, meter);
}

/** What was said long ago in a session, under its id. */
export interface SessionGist {
  readonly id: string;
  readonly content: string;
}

export function summaryLine(gist: SessionGist, meter: PromptMeter): Line<SessionGist> {
  return line(gist, `- ${quoted(gist.content, MOST_SUMMARY)}`, meter);
}

export function memoryLine(item: RecallItem, meter: PromptMeter): Line<RecallItem> {
  const kind = item.category ?? (item.role ? `said by ${item.role}` : item.kind);
  const ran = item.sql === undefined ? '' : ` | SQL: ${quoted(item.sql, MOST_MEMORY)}`;
  const place = item.document?.heading ?? item.document?.title ?? item.document?.source;
  const source = item.document ? `, from ${place ? quoted(place, MOST_HEADING) : 'a document'}` : '';
  const trust = item.trust === undefined || item.trust >= 1 ? '' : `, trust ${item.trust.toFixed(1)}`;
  const head = `${kind}, ${item.occurredAt.slice(0, 10)}${source}${trust}`;
  return line(item, `- ${head}: ${quoted(item.content, MOST_MEMORY)}${ran}`, meter);
}

export function exampleLine(query: VerifiedQuery, meter: PromptMeter): Line<VerifiedQuery> {
  return line(query, `- question: ${quoted(query.question, MOST_TURN)} | SQL: ${quoted(query.sql, MOST_SQL)}`, meter);
}

export function ruleLine(rule: GlossaryEntry, meter: PromptMeter): Line<GlossaryEntry> {
  return line(rule, `- ${quoted(rule.definition ?? '', MOST_DEFINITION)}`, meter);
}

/** `- metric "ARR", also "recurring revenue": SQL "sum(amount) * 12" over "subscriptions" | "of paying customers"`. */
export function wordLine(word: GlossaryWord, meter: PromptMeter): Line<GlossaryWord> {
  const { kind, name, synonyms, definition, expression, from } = word.entry;
  const also = synonyms.length > 0 ? `, also ${synonyms.map((synonym) => quoted(synonym)).join(', ')}` : '';
  const sql = expression === null ? [] : [`SQL ${quoted(expression, MOST_SQL)} over ${quoted(from ?? '', MOST_SQL)}`];
  const meaning = definition === null ? [] : [quoted(definition, MOST_DEFINITION)];
  return line(word, `- ${kind} ${quoted(name ?? '')}${also}: ${[...sql, ...meaning].join(' | ')}`, meter);
}

function line<T>(item: T, text: string, meter: PromptMeter): Line<T> {
  return { item, text, tokens: meter.tokens(text) + 1 };
}
