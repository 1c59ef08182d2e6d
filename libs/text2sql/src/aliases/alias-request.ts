import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BackgroundRequest } from '@memori/llm';
import type { TablePiece } from './table-pieces';

const RULES = readFileSync(join(__dirname, 'prompts/alias-rules.md'), 'utf8');
/** About forty tokens a column: more than the default of an answer. */
const MOST_OUTPUT_TOKENS = 8192;

export const ALIAS_LANGUAGES = ['en', 'zh'] as const;

export type AliasLanguage = (typeof ALIAS_LANGUAGES)[number];

const names = { type: 'array', items: { type: 'string' } };
const object = (properties: Record<string, unknown>) => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
});

export const ALIAS_SCHEMA = {
  title: 'memori-aliases-1',
  ...object({
    tables: {
      type: 'array',
      items: object({
        table: { type: 'string' },
        en: names,
        zh: names,
        columns: { type: 'array', items: object({ name: { type: 'string' }, en: names, zh: names }) },
      }),
    },
  }),
} as const;

/** What was asked about, for when the reply comes. */
export interface AliasReference {
  readonly dataSourceId: string;
  readonly pieces: readonly Omit<TablePiece, 'line'>[];
}

/** Asks what people call some tables. `before` are the shapes that these were described in, if any. */
export function aliasRequest(
  scope: { tenantId: string; userId: string; dataSourceId: string },
  pieces: readonly TablePiece[],
  before: readonly string[],
): BackgroundRequest {
  const shapes = pieces.map(({ schema, table, part, shape }) => [schema, table, part, shape]);
  const key = createHash('sha256')
    .update(JSON.stringify([scope.dataSourceId, RULES, shapes, before]))
    .digest('hex');
  const reference: AliasReference = {
    dataSourceId: scope.dataSourceId,
    pieces: pieces.map(({ line: _, ...piece }) => piece),
  };
  return {
    scope,
    purpose: 'aliases',
    key,
    system: [{ text: RULES }],
    messages: [{ role: 'user', content: [{ text: pieces.map(({ line }) => line).join('\n') }] }],
    schema: ALIAS_SCHEMA,
    maxOutputTokens: MOST_OUTPUT_TOKENS,
    reference,
  };
}
