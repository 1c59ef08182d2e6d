import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BackgroundRequest } from '@memori/llm';
import { type FactLine, quoted } from '../facts/fact-lines';

const RULES = readFileSync(join(__dirname, 'prompts/summary-rules.md'), 'utf8');
const MOST_OUTPUT_TOKENS = 2048;
const MOST_CHARACTERS = 4000;
const MOST_LINKS = 20;

export const SUMMARY_SCHEMA = {
  title: 'memori-summary-1',
  type: 'object',
  additionalProperties: false,
  required: ['summary', 'turnIds'],
  properties: { summary: { type: 'string' }, turnIds: { type: 'array', items: { type: 'string' } } },
} as const;

export const EMPTY_SUMMARY_PROMPT = {
  system: [{ text: RULES }],
  messages: [{ role: 'user' as const, content: [] }],
  schema: SUMMARY_SCHEMA,
};

export interface SummaryReference {
  readonly sessionId: string;
  readonly uptoSeq: number;
  /** Those that it may go back to: the turns that were sent, and what the one before went back to. */
  readonly turnIds: readonly string[];
}

/** What is stored of a session. */
export interface Summary {
  readonly content: string;
  readonly uptoSeq: number;
  readonly turnIds: readonly string[];
}

export function summaryRequest(
  scope: BackgroundRequest['scope'] & { readonly sessionId: string },
  timeZone: string,
  before: Summary | undefined,
  lines: readonly FactLine[],
  uptoSeq: number,
): BackgroundRequest {
  const { sessionId } = scope;
  const sent = lines.map(({ turnId }) => turnId);
  const reference: SummaryReference = {
    sessionId,
    uptoSeq,
    turnIds: [...new Set([...(before?.turnIds ?? []), ...sent])],
  };
  const earlier = before ? [`The earlier summary, of ${before.turnIds.join(', ')}:`, quoted(before.content)] : [];
  const context = [`Moments are in ${timeZone}.`, ...earlier, 'The turns:'].join('\n');
  const said = lines.map(({ text }) => text).join('\n');
  return {
    scope,
    purpose: 'summary',
    key: createHash('sha256')
      .update(JSON.stringify([sessionId, before?.uptoSeq ?? 0, uptoSeq]))
      .digest('hex'),
    system: [{ text: RULES }],
    messages: [{ role: 'user', content: [{ text: context }, { text: said }] }],
    schema: SUMMARY_SCHEMA,
    maxOutputTokens: MOST_OUTPUT_TOKENS,
    reference,
  };
}

/** Throws when nothing was said: an empty summary is a failure. Links that the model made up are left out. */
export function readSummary(json: unknown, { turnIds, uptoSeq }: SummaryReference): Summary {
  const said = json as { readonly summary: string; readonly turnIds: readonly string[] };
  const content = said.summary.normalize('NFC').replaceAll('\0', '').trim().slice(0, MOST_CHARACTERS);
  if (content === '') throw new Error('The model summed up a session in no words.');
  const sent = new Set(turnIds);
  const links = [...new Set(said.turnIds.map((id) => id.trim().toLowerCase()))].filter((id) => sent.has(id));
  // It came from somewhere, whatever the model says.
  const fallback = [turnIds[0], turnIds.at(-1)].filter((id) => id !== undefined);
  return { content, uptoSeq, turnIds: links.length > 0 ? links.slice(0, MOST_LINKS) : [...new Set(fallback)] };
}
