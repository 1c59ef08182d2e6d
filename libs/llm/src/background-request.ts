import type { ErrorCode } from '@memori/errors';
import type { JsonSchema, LlmBlock, LlmMessage, LlmPurpose, LlmRequest } from './llm';

/** Work for the model that nobody waits for. */
export interface BackgroundRequest {
  /** Who caused it, and pays. */
  readonly scope: LlmRequest['scope'];
  readonly purpose: Exclude<LlmPurpose, 'answer'>;
  /** The same work under the same key is one request, and is paid once. At most 200 characters. */
  readonly key: string;
  /** Default: MEMORI_CLAUDE_FAST_MODEL. */
  readonly model?: string;
  readonly system: readonly LlmBlock[];
  readonly messages: readonly LlmMessage[];
  readonly schema: JsonSchema;
  readonly maxOutputTokens?: number;
  /** What the consumer needs to know when the reply comes: JSON, kept encrypted beside the prompt. */
  readonly reference?: unknown;
}

/** What stands encrypted in the row. */
export type BackgroundBody = Omit<BackgroundRequest, 'scope' | 'purpose' | 'key' | 'model'> & {
  readonly model: string;
};

/** `known`: asked for before under this key. `skipped`: background calls are off, or no model is configured. */
export type Submitted = 'submitted' | 'known' | 'skipped';

export interface BackgroundProblem {
  readonly code: ErrorCode;
  readonly message: string;
}

/** A claimed request, with its prompt. */
export interface ClaimedRequest {
  readonly id: string;
  readonly fence: string;
  readonly scope: BackgroundRequest['scope'];
  readonly purpose: BackgroundRequest['purpose'];
  /** Attempts that counted, before this one. */
  readonly attempts: number;
  readonly body: BackgroundBody;
}

export function llmRequestOf({ scope, purpose, attempts, body }: ClaimedRequest): LlmRequest {
  const { reference: _, ...prompt } = body;
  return { ...prompt, scope, purpose, failedAttempts: attempts };
}
