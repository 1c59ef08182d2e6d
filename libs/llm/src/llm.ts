import type { TokenUsage } from '@memori/budget';
import type { UserScope } from '@memori/scope';

/** A text; `cache` asks the provider to keep the prompt up to and with it. At most four in a request. */
export interface LlmBlock {
  readonly text: string;
  readonly cache?: '5m' | '1h';
}

export interface LlmMessage {
  readonly role: 'user' | 'assistant';
  readonly content: readonly LlmBlock[];
}

/** A JSON Schema whose `title` names the purpose of the reply. */
export interface JsonSchema {
  readonly title: string;
  readonly [keyword: string]: unknown;
}

export type LlmPurpose = 'answer' | 'summary' | 'episodes' | 'facts' | 'aliases' | 'same-question' | 'result-text';

export interface LlmRequest {
  /** Who is charged. */
  readonly scope: UserScope & { readonly sessionId?: string; readonly dataSourceId?: string };
  readonly questionId?: string;
  readonly purpose: LlmPurpose;
  /** Default: MEMORI_CLAUDE_MODEL. */
  readonly model?: string;
  readonly system: readonly LlmBlock[];
  /** Sent as they are: the last block of the last user message is the question alone. */
  readonly messages: readonly LlmMessage[];
  readonly schema: JsonSchema;
  readonly maxOutputTokens?: number;
  readonly signal?: AbortSignal;
  /** Sees the reply as far as it has streamed in, each time that there is more of it. Must not throw. */
  readonly onText?: (text: string) => void;
  /** Attempts at this question that already failed for a passing reason: the next wait is longer. */
  readonly failedAttempts?: number;
  /** Nobody waits for it: it takes only what interactive calls leave. Default: all but answers. */
  readonly background?: boolean;
  /** True: a second try after a failure, which the budget of retries bounds; so is any call with failed attempts. */
  readonly isRetry?: boolean;
}

/** What a request would come to, by the same arithmetic that a call of it goes by. */
export interface LlmQuote {
  readonly model: string;
  /** About how many input tokens: what MEMORI_PER_REQUEST_TOKEN_LIMIT bounds. */
  readonly typicalInputTokens: number;
  /** What a call would keep aside: the most that the provider could bill. */
  readonly atMost: TokenUsage;
  readonly costNanoUsd: bigint;
  /** The same for the estimated input: near a hard limit the provider counts, and that is about what he finds. */
  readonly estimate: TokenUsage;
  readonly estimateNanoUsd: bigint;
}

export interface LlmReply {
  /** The structured output, parsed and checked against the schema. */
  readonly json: unknown;
  readonly text: string;
  readonly stopReason: string;
  readonly model: string;
  readonly usage: TokenUsage;
  readonly costNanoUsd: bigint;
  readonly attemptId: string;
  readonly durationMs: number;
}

/** The one door to a language model. */
export abstract class Llm {
  /**
   * One attempt. Throws MustWaitError when it may succeed later, and a DomainError when it will not; `chargeOf(error)`
   * tells what a failed attempt cost.
   */
  abstract complete(request: LlmRequest): Promise<LlmReply>;

  /** Calls nothing, takes nothing. Throws model-not-allowed for a model without a price. */
  abstract quote(request: LlmRequest): LlmQuote;

  /** False: no key is set, and `complete` throws `model-not-configured`. */
  abstract isConfigured(): boolean;
}

/** What an attempt cost, failed or not. */
export interface LlmCharge {
  readonly model: string;
  readonly usage: TokenUsage;
  readonly costNanoUsd: bigint;
  readonly attemptId: string;
}

const charges = new WeakMap<object, LlmCharge>();

/** Remembers what the attempt behind an error cost, without putting it into the error's facts. */
export function withCharge<E extends object>(error: E, charge: LlmCharge): E {
  charges.set(error, charge);
  return error;
}

/** What the failed attempt behind an error thrown by `complete` cost; undefined when nothing was sent. */
export function chargeOf(error: unknown): LlmCharge | undefined {
  return typeof error === 'object' && error !== null ? charges.get(error) : undefined;
}
