import { ClaudeError } from './errors';
import type { Json } from './fields';
import type { ClaudeRequest } from './request';

export type StopReason = 'end_turn' | 'max_tokens' | 'refusal' | 'pause_turn';

/** What the fake does with one request. A function decides when it sees the request. */
export type Reply =
  | { readonly kind: 'fields'; readonly fields: Json }
  | { readonly kind: 'text'; readonly text: string; readonly stopReason: StopReason }
  | { readonly kind: 'error'; readonly error: ClaudeError }
  | { readonly kind: 'hang' }
  | { readonly kind: 'late'; readonly ms: number; readonly reply: Reply }
  | { readonly kind: 'held'; readonly until: Promise<void>; readonly reply: Reply }
  | { readonly kind: 'cut'; readonly afterBytes: number; readonly reply: Reply; readonly error?: ClaudeError }
  | { readonly kind: 'stalled'; readonly afterBytes: number; readonly until?: Promise<void>; readonly reply: Reply }
  | ((request: ClaudeRequest) => Reply);

/** The fields of `memori-answer-1`; what is left out becomes null. */
export interface AnswerFields {
  readonly outcome: 'sql' | 'clarification' | 'refusal';
  readonly sql?: string | null;
  readonly explanation?: string | null;
  readonly assumptions?: readonly string[] | null;
  readonly clarificationQuestion?: string | null;
  readonly clarificationOptions?: readonly string[] | null;
  readonly refusalReason?: string | null;
}

const NOTHING_USED = {
  sql: null,
  explanation: null,
  assumptions: null,
  clarificationQuestion: null,
  clarificationOptions: null,
  refusalReason: null,
};

const fields = (answer: AnswerFields): Reply => ({ kind: 'fields', fields: { ...NOTHING_USED, ...answer } });
const text = (content: string, stopReason: StopReason = 'end_turn'): Reply => ({
  kind: 'text',
  text: content,
  stopReason,
});
const error = (status: number, type: string, message: string, headers: Record<string, string> = {}): Reply => ({
  kind: 'error',
  error: new ClaudeError(status, type, message, headers),
});

const OVERLOADED = new ClaudeError(529, 'overloaded_error', 'Overloaded', { 'x-should-retry': 'true' });

/** Everything that a model, a provider or a network may do to a caller. */
export const replies = {
  sql: (sql: string, more: { explanation?: string; assumptions?: readonly string[] } = {}) =>
    fields({ outcome: 'sql', sql, explanation: '[simulated] This query answers the question.', ...more }),
  clarification: (question: string, options: readonly string[] = []) =>
    fields({ outcome: 'clarification', clarificationQuestion: question, clarificationOptions: options }),
  /** A refusal in our own structure, unlike `stopRefusal`. */
  refusal: (reason: string) => fields({ outcome: 'refusal', refusalReason: reason }),
  answer: fields,
  /** Fields for a purpose of another kind; missing ones are filled so that the schema holds. */
  json: (value: Json): Reply => ({ kind: 'fields', fields: value }),
  text,

  prose: () => text('Certainly! To find this out you could join the two tables and count the rows.'),
  brokenJson: () => text('{"outcome": "sql", "sql": "SELECT 1'),
  empty: () => text(''),
  /** Valid JSON that is not what the schema asks for. */
  wrongShape: () => text('{"answer": 42}'),
  stopRefusal: () => text('', 'refusal'),
  maxTokens: () => text('{"outcome": "sql", "sql": "SELECT a_very_long_list', 'max_tokens'),

  rateLimited: ({ retryAfterSeconds = 1 }: { retryAfterSeconds?: number } = {}) =>
    error(429, 'rate_limit_error', 'This request would exceed your rate limit.', {
      'retry-after': String(retryAfterSeconds),
      'x-should-retry': 'true',
    }),
  /** The account's spending cap: a 429 that names no time. */
  spendLimit: () =>
    error(429, 'rate_limit_error', 'You have reached your specified API usage limits.', { 'x-should-retry': 'false' }),
  overloaded: (): Reply => ({ kind: 'error', error: OVERLOADED }),
  serverError: () => error(500, 'api_error', 'Internal server error', { 'x-should-retry': 'true' }),
  badRequest: (message = 'messages: invalid') => error(400, 'invalid_request_error', message),
  unauthenticated: () => error(401, 'authentication_error', 'invalid x-api-key'),
  forbidden: () => error(403, 'permission_error', 'Your API key does not have permission to use this model.'),

  /** Never answers; ends when the client gives up or the fake stops. */
  hang: (): Reply => ({ kind: 'hang' }),
  delay: (ms: number, reply: Reply): Reply => ({ kind: 'late', ms, reply }),
  /** Answers once `until` is fulfilled. */
  held: (until: Promise<void>, reply: Reply): Reply => ({ kind: 'held', until, reply }),
  /** The connection breaks after so many bytes of the body. */
  brokenStream: ({ afterBytes = 600, reply }: { afterBytes?: number; reply?: Reply } = {}): Reply => ({
    kind: 'cut',
    afterBytes,
    reply: reply ?? replies.sql('SELECT 1'),
  }),
  /** A stream that stops after so many bytes, between two events, and goes on when `until` is fulfilled: never, if left out. */
  stalledStream: ({
    afterBytes = 900,
    until,
    reply,
  }: { afterBytes?: number; until?: Promise<void>; reply?: Reply } = {}): Reply => ({
    kind: 'stalled',
    afterBytes,
    reply: reply ?? replies.sql('SELECT 1'),
    ...(until && { until }),
  }),
  /** An `error` event in the middle of a stream that began with 200. */
  errorEventMidStream: ({ afterBytes = 600, reply }: { afterBytes?: number; reply?: Reply } = {}): Reply => ({
    kind: 'cut',
    afterBytes,
    reply: reply ?? replies.sql('SELECT 1'),
    error: OVERLOADED,
  }),
};

/** A script's entry: a query as text, the fields of an answer, or a reply. */
export type Scripted = string | AnswerFields | Reply;

export function replyOf(scripted: Scripted): Reply {
  if (typeof scripted === 'string') return replies.sql(scripted);
  if (typeof scripted === 'function' || 'kind' in scripted) return scripted;
  return fields(scripted);
}
