import type Anthropic from '@anthropic-ai/sdk';
import type { IncomingHttpHeaders } from 'node:http';
import type { Json } from './fields';
import type { InputUsage } from './prompt-cache';
import type { ValidRequest } from './validate';

/** One accepted request as a test wants to look at it. */
export interface ClaudeRequest {
  /** 1 for the first request after the start or the last `reset`. */
  readonly number: number;
  readonly body: Anthropic.MessageCreateParams;
  readonly headers: IncomingHttpHeaders;
  readonly model: string;
  readonly stream: boolean;
  /** The schema of the structured output, and its title: what the answer is for (`memori-answer-1`, …). */
  readonly schema: Json | undefined;
  readonly purpose: string | undefined;
  /** The text of the last content block of the last user message. */
  readonly question: string;
  /** How often this question was asked for this purpose, this time included. */
  readonly attempt: number;
  readonly systemText: string;
  /** Everything that the model reads, in order. */
  readonly promptText: string;
  /** Input tokens by kind, as the answer's `usage` tells them. */
  readonly input: InputUsage;
  /** As the answer's header `request-id` has it. */
  readonly requestId: string;
  /** Milliseconds by the clock of `performance.now()`: when it was taken in, and when its answer was out or cut off. */
  readonly receivedAtMs: number;
  endedAtMs?: number;
  /** The usage that went out on the wire, `output` only with a whole answer. Undefined: none did. */
  told?: { readonly input: InputUsage; readonly outputTokens?: number };
  /** `aborted`: the client went away before the answer was complete. */
  state: 'open' | 'answered' | 'failed' | 'aborted';
}

export interface RequestContext {
  readonly number: number;
  readonly attempt: number;
  readonly headers: IncomingHttpHeaders;
  readonly input: InputUsage;
  readonly requestId: string;
}

export function claudeRequest(valid: ValidRequest, context: RequestContext): ClaudeRequest {
  const texts = (roles: readonly string[]) =>
    valid.blocks.filter((block) => roles.includes(block.role)).map((block) => block.text);
  return {
    ...context,
    body: valid.body as unknown as Anthropic.MessageCreateParams,
    model: valid.model.id,
    stream: valid.stream,
    schema: valid.schema,
    purpose: purposeOf(valid),
    question: questionOf(valid),
    systemText: texts(['system']).join('\n\n'),
    promptText: texts(['tools', 'system', 'user', 'assistant']).join('\n\n'),
    receivedAtMs: performance.now(),
    state: 'open',
  };
}

export function questionOf(valid: ValidRequest): string {
  return valid.blocks.findLast((block) => block.role === 'user')?.text ?? '';
}

export function purposeOf(valid: ValidRequest): string | undefined {
  const title = valid.schema?.['title'];
  return typeof title === 'string' ? title : undefined;
}
