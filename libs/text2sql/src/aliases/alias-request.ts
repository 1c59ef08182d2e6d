import { createHash } from 'node:crypto';
import type { BackgroundRequest } from '@memori/llm';
import { DEFAULT_LANGUAGES } from './alias-languages';
import { rulesFor } from './alias-rules';
import type { TablePiece } from './table-pieces';

/** About forty tokens a column: more than the default of an answer. */
const MOST_OUTPUT_TOKENS = 8192;

const names = { type: 'array', items: { type: 'string' } };
const object = (properties: Record<string, unknown>) => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
});

/** Of the reply: beside each name one list a language, under its tag. */
function schemaFor(languages: readonly string[]) {
  const lists = Object.fromEntries(languages.map((tag) => [tag, names]));
  return {
    title: 'memori-aliases-1',
    ...object({
      tables: {
        type: 'array',
        items: object({
          table: { type: 'string' },
          ...lists,
          columns: { type: 'array', items: object({ name: { type: 'string' }, ...lists }) },
        }),
      },
    }),
  };
}

/** What was asked about, for when the reply comes. */
export interface AliasReference {
  readonly dataSourceId: string;
  readonly pieces: readonly Omit<TablePiece, 'line'>[];
  /** Absent in requests from before a data source named its languages. */
  readonly languages?: readonly string[];
}

/** Asks what people call some tables. `before` are the shapes that these were described in, if any. */
export function aliasRequest(
  scope: { tenantId: string; userId: string; dataSourceId: string },
  pieces: readonly TablePiece[],
  before: readonly string[],
  languages: readonly string[] = DEFAULT_LANGUAGES,
): BackgroundRequest {
  const rules = rulesFor(languages);
  const shapes = pieces.map(({ schema, table, part, shape }) => [schema, table, part, shape]);
  const key = createHash('sha256')
    .update(JSON.stringify([scope.dataSourceId, rules, shapes, before]))
    .digest('hex');
  const reference: AliasReference = {
    dataSourceId: scope.dataSourceId,
    pieces: pieces.map(({ line: _, ...piece }) => piece),
    languages,
  };
  return {
    scope,
    purpose: 'aliases',
    key,
    system: [{ text: rules }],
    messages: [{ role: 'user', content: [{ text: pieces.map(({ line }) => line).join('\n') }] }],
    schema: schemaFor(languages),
    maxOutputTokens: MOST_OUTPUT_TOKENS,
    reference,
  };
}
