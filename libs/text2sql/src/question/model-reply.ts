import { toUSVString } from 'node:util';
import { DomainError } from '@memori/errors';

/** The reply of the model to a question, in the fields that its format has. Unused ones are null. */
export interface ModelReply {
  readonly outcome: 'sql' | 'clarification' | 'refusal';
  readonly sql: string | null;
  readonly explanation: string | null;
  readonly assumptions: readonly string[] | null;
  readonly clarificationQuestion: string | null;
  readonly clarificationOptions: readonly string[] | null;
  readonly refusalReason: string | null;
}

const NULLABLE_TEXT = { anyOf: [{ type: 'string' }, { type: 'null' }] };
const NULLABLE_TEXTS = { anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'null' }] };

/** The format that the model must answer in. Its title names the purpose; the fields are part of the contract. */
export const ANSWER_FORMAT = {
  title: 'memori-answer-1',
  type: 'object',
  additionalProperties: false,
  required: [
    'outcome',
    'sql',
    'explanation',
    'assumptions',
    'clarificationQuestion',
    'clarificationOptions',
    'refusalReason',
  ],
  properties: {
    outcome: { type: 'string', enum: ['sql', 'clarification', 'refusal'] },
    sql: NULLABLE_TEXT,
    explanation: NULLABLE_TEXT,
    assumptions: NULLABLE_TEXTS,
    clarificationQuestion: NULLABLE_TEXT,
    clarificationOptions: NULLABLE_TEXTS,
    refusalReason: NULLABLE_TEXT,
  },
} as const;

const TEXTS = ['sql', 'explanation', 'clarificationQuestion', 'refusalReason'] as const;
const LISTS = ['assumptions', 'clarificationOptions'] as const;
const MOST_TEXT = 20_000;

/** A structured output is not trusted to be one: whatever does not have exactly these fields is no answer. */
export function readModelReply(json: unknown): ModelReply {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw invalid('it is no object');
  const fields = json as Record<string, unknown>;
  const unknown = Object.keys(fields).find((name) => !Object.hasOwn(ANSWER_FORMAT.properties, name));
  if (unknown !== undefined) throw invalid('it has a field that was not asked for');
  const missing = ANSWER_FORMAT.required.find((name) => fields[name] === undefined);
  if (missing) throw invalid(`its field "${missing}" is missing`);
  const reply = { ...checkedOutcome(fields), ...checkedTexts(fields), ...checkedLists(fields) } as ModelReply;
  checkUsed(reply);
  return reply;
}

function checkedOutcome({ outcome }: Record<string, unknown>) {
  if (outcome !== 'sql' && outcome !== 'clarification' && outcome !== 'refusal')
    throw invalid('its outcome is none of sql, clarification, refusal');
  return { outcome };
}

function checkedTexts(fields: Record<string, unknown>) {
  return Object.fromEntries(
    TEXTS.map((name) => {
      const value = fields[name];
      if (value !== null && typeof value !== 'string') throw invalid(`its field "${name}" is neither text nor null`);
      // SQL is never cut: half a statement may be a statement too. The guard refuses what is too long.
      return [name, value === null ? null : storable(value, name === 'sql' ? Infinity : MOST_TEXT)];
    }),
  );
}

function checkedLists(fields: Record<string, unknown>) {
  return Object.fromEntries(
    LISTS.map((name) => {
      const value = fields[name];
      if (value === null) return [name, null];
      if (!Array.isArray(value) || value.some((item) => typeof item !== 'string'))
        throw invalid(`its field "${name}" is neither a list of texts nor null`);
      return [name, value.map((item) => storable(item as string)).filter((item) => item.trim() !== '')];
    }),
  );
}

function checkUsed(reply: ModelReply): void {
  const used = { sql: reply.sql, clarification: reply.clarificationQuestion, refusal: reply.refusalReason };
  if (!used[reply.outcome]?.trim()) throw invalid(`its outcome is "${reply.outcome}", but the text of it is empty`);
}

/** PostgreSQL keeps neither NUL nor half a surrogate pair; nobody reads more than a page. */
function storable(text: string, mostCharacters = MOST_TEXT): string {
  return toUSVString(text.replaceAll('\0', '').slice(0, mostCharacters));
}

function invalid(fault: string): DomainError {
  return new DomainError(
    'bad-upstream',
    'model-reply-invalid',
    `The model's reply is not the structure that was asked for: ${fault}. Ask again, or rephrase the question.`,
    { retryable: true },
  );
}
