import { NO_USAGE, type TokenUsage } from '@memori/budget';
import { estimateTokens, mostTokens } from './estimate-tokens';
import type { LlmBlock, LlmRequest } from './llm';

type Prompt = Pick<LlmRequest, 'system' | 'messages' | 'schema'>;

/** Frame of a request and of each message, and the hidden prompt that a schema brings along. */
const TYPICAL = { base: 6, message: 3, schema: 500 };
const AT_MOST = { base: 12, message: 6, schema: 860 };

/** About how many input tokens a request is. MEMORI_PER_REQUEST_TOKEN_LIMIT bounds this number. */
export function estimateInput(prompt: Prompt, model: string): number {
  return sum(prompt, TYPICAL, (text) => estimateTokens(text, model));
}

/** How many input tokens a request is at most. */
export function mostInput(prompt: Prompt, model: string): number {
  return sum(prompt, AT_MOST, (text) => mostTokens(text, model));
}

/** The most that the provider could bill: all of `input` at the dearest price that its breakpoints allow. */
export function mostUsage(
  prompt: Prompt,
  model: string,
  maxOutputTokens: number,
  input = mostInput(prompt, model),
): TokenUsage {
  const usage = { ...NO_USAGE, outputTokens: maxOutputTokens };
  const caches = new Set(blocksOf(prompt).map(({ cache }) => cache));
  if (caches.has('1h')) return { ...usage, cacheWrite1hTokens: input };
  if (caches.has('5m')) return { ...usage, cacheWrite5mTokens: input };
  return { ...usage, inputTokens: input };
}

function sum(prompt: Prompt, frame: typeof TYPICAL, count: (text: string) => number): number {
  const texts = blocksOf(prompt).map(({ text }) => text);
  const content = [...texts, JSON.stringify(prompt.schema)].reduce((total, text) => total + count(text), 0);
  return frame.base + frame.message * prompt.messages.length + frame.schema + content;
}

function blocksOf({ system, messages }: Prompt): LlmBlock[] {
  return [...system, ...messages.flatMap(({ content }) => content)];
}
