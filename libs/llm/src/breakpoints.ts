import type { ModelPrice } from '@memori/budget';
import { estimateTokens } from './estimate-tokens';
import type { LlmBlock, LlmRequest } from './llm';

/** As many as the API takes. */
const MOST_BREAKPOINTS = 4;

/**
 * The request without breakpoints that would do nothing: below the smallest cacheable prefix the provider ignores one
 * without a word, and a reservation for its write would be too dear. Of more than four the last four stay.
 */
export function withUsableBreakpoints(request: LlmRequest, price: ModelPrice): LlmRequest {
  if (![...request.system, ...request.messages.flatMap(({ content }) => content)].some(({ cache }) => cache))
    return request;
  const kept = longEnough(request, price);
  const surplus = kept.size - MOST_BREAKPOINTS;
  const usable = new Set([...kept].slice(Math.max(0, surplus)));
  const marked = (block: LlmBlock): LlmBlock => (usable.has(block) || !block.cache ? block : { text: block.text });
  return {
    ...request,
    system: request.system.map(marked),
    messages: request.messages.map(({ role, content }) => ({ role, content: content.map(marked) })),
  };
}

function longEnough({ system, messages }: LlmRequest, { id, smallestCacheablePrefix }: ModelPrice): Set<LlmBlock> {
  const found = new Set<LlmBlock>();
  let prefix = 0;
  for (const block of [...system, ...messages.flatMap(({ content }) => content)]) {
    prefix += estimateTokens(block.text, id);
    if (block.cache && prefix >= smallestCacheablePrefix) found.add(block);
  }
  return found;
}
