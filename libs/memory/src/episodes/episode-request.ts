import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BackgroundRequest } from '@memori/llm';
import type { UserScope } from '@memori/scope';
import { SUMMARY_SCHEMA } from '../summaries/summary-request';

const RULES = readFileSync(join(__dirname, 'prompts/episode-rules.md'), 'utf8');
const MOST_OUTPUT_TOKENS = 2048;
const MOST_CHARACTERS = 5000;
const MOST_LINKS = 40;

export const EMPTY_EPISODE_PROMPT = {
  system: [{ text: RULES }],
  messages: [{ role: 'user' as const, content: [] }],
  schema: SUMMARY_SCHEMA,
};

/** One old session as it is shown: its lines, and the turns that they tell of. */
export interface Episode {
  readonly sessionId: string;
  readonly lines: readonly string[];
  readonly turnIds: readonly string[];
}

/** What was sent, for when the reply comes. */
export interface EpisodeReference {
  readonly namespace: string;
  readonly sessionIds: readonly string[];
  readonly turnIds: readonly string[];
}

/** Asks what these sessions were about. The same sessions are asked about once. */
export function episodeRequest(
  scope: UserScope,
  namespace: string,
  timeZone: string,
  episodes: readonly Episode[],
): BackgroundRequest {
  const reference: EpisodeReference = {
    namespace,
    sessionIds: episodes.map(({ sessionId }) => sessionId),
    turnIds: [...new Set(episodes.flatMap(({ turnIds }) => turnIds))],
  };
  const said = episodes.flatMap(({ lines }) => lines).join('\n');
  return {
    scope,
    purpose: 'episodes',
    key: createHash('sha256')
      .update(JSON.stringify([namespace, said]))
      .digest('hex'),
    system: [{ text: RULES }],
    messages: [
      { role: 'user', content: [{ text: `Moments are in ${timeZone}.\nThe conversations:` }, { text: said }] },
    ],
    schema: SUMMARY_SCHEMA,
    maxOutputTokens: MOST_OUTPUT_TOKENS,
    reference,
  };
}

/** Throws when nothing was said: an empty summary is a failure. Links that the model made up are left out. */
export function readEpisodes(json: unknown, sent: readonly string[]): { content: string; turnIds: string[] } {
  const said = json as { readonly summary: string; readonly turnIds: readonly string[] };
  const content = said.summary.normalize('NFC').replaceAll('\0', '').trim().slice(0, MOST_CHARACTERS);
  if (content === '') throw new Error('The model summed up old sessions in no words.');
  const known = new Set(sent);
  const links = [...new Set(said.turnIds.map((id) => id.trim().toLowerCase()))].filter((id) => known.has(id));
  // It came from somewhere, whatever the model says.
  return { content, turnIds: (links.length > 0 ? links : [...sent]).slice(0, MOST_LINKS) };
}
