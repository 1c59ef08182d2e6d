import { createHash } from 'node:crypto';
import { withoutMoment } from '@memori/text2sql';
import type { MessagesBody } from './messages-body';

/**
 * Names a request to the model: SHA-256 over what decides its reply, 32 hexadecimal digits. The same question on the
 * same catalogue has the same key in every process, on every machine and every day: what day it is does not count, nor
 * do stream and breakpoints of the provider's cache.
 */
export function requestKey(body: MessagesBody): string {
  const { model, max_tokens: maxTokens, output_config: output, system, messages } = body;
  const canonical = {
    model,
    maxTokens: maxTokens ?? null,
    output: sorted(output ?? null),
    system: system.map(({ text }) => text),
    messages: messages.map(({ role, content }) => [role, ...content.map(({ text }, at) => textOf(text, at, content))]),
  };
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex').slice(0, 32);
}

/** The last block is the asker's own, which may say anything. */
function textOf(text: string, at: number, blocks: readonly unknown[]): string {
  return at === blocks.length - 1 ? text : withoutMoment(text);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
}
