import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BackgroundRequest } from '@memori/llm';
import { MEMORY_CATEGORIES } from '../memory.types';
import { type FactLine, quoted } from './fact-lines';

const RULES = readFileSync(join(__dirname, 'prompts/fact-rules.md'), 'utf8');
/** About a hundred tokens a fact, a few facts a turn: more than the default of an answer. */
const MOST_OUTPUT_TOKENS = 8192;

const nullable = (type: string) => ({ anyOf: [{ type }, { type: 'null' }] });
const object = (properties: Record<string, unknown>) => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
});

export const FACT_SCHEMA = {
  title: 'memori-facts-1',
  ...object({
    facts: {
      type: 'array',
      items: object({
        content: { type: 'string' },
        category: { type: 'string', enum: [...MEMORY_CATEGORIES] },
        importance: { type: 'number' },
        subject: nullable('string'),
        predicate: nullable('string'),
        validFrom: nullable('string'),
        validTo: nullable('string'),
        turnIds: { type: 'array', items: { type: 'string' } },
      }),
    },
  }),
} as const;

/** What was sent, for when the reply comes. */
export interface FactReference {
  readonly sessionId: string;
  /** The turns that a fact may come from. */
  readonly turnIds: readonly string[];
  /** Of these, those that somebody corrected an answer in: what they say was said at this moment. */
  readonly corrected?: Readonly<Record<string, string>>;
  /** Counts the requests for these turns, from 1: a reply that names none of them is asked for again. */
  readonly round: number;
  /** To ask once more with. */
  readonly context: string;
  readonly lines: readonly FactLine[];
}

export interface FactPrompt {
  readonly scope: BackgroundRequest['scope'] & { readonly sessionId: string };
  readonly lines: readonly FactLine[];
  /** What is there to be understood alone. */
  readonly context: string;
  readonly corrected?: Readonly<Record<string, string>>;
  readonly round: number;
}

/** Asks for the facts in some turns. The same turns under the same rules are asked about once. */
export function factRequest({ scope, lines, context, corrected, round }: FactPrompt): BackgroundRequest {
  const { sessionId } = scope;
  const turnIds = [...new Set(lines.map(({ turnId }) => turnId))];
  const reference: FactReference = { sessionId, turnIds, round, context, lines, ...(corrected && { corrected }) };
  const said = lines.map(({ text }) => text).join('\n');
  const key = createHash('sha256')
    .update(JSON.stringify([sessionId, said, round]))
    .digest('hex');
  return {
    scope,
    purpose: 'facts',
    key,
    system: [{ text: RULES }],
    messages: [{ role: 'user', content: [{ text: context }, { text: said }] }],
    schema: FACT_SCHEMA,
    maxOutputTokens: MOST_OUTPUT_TOKENS,
    reference,
  };
}

/** The first block: the zone of the moments, what was said before, and what is known and not to be drawn again. */
export function factContext(timeZone: string, earlier: readonly string[], known: readonly string[]): string {
  return [
    `Moments are in ${timeZone}.`,
    ...(earlier.length > 0 ? ['Said before, to be understood alone:', ...earlier] : []),
    ...(known.length > 0 ? ['Known already:', ...known.map((text) => `- ${quoted(text)}`)] : []),
    'The turns:',
  ].join('\n');
}

/** What a request costs beside its lines and its context. */
export const EMPTY_FACT_PROMPT = {
  system: [{ text: RULES }],
  messages: [{ role: 'user' as const, content: [] }],
  schema: FACT_SCHEMA,
};
