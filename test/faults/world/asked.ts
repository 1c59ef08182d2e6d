/** A question that a scenario asked, and what came back. */
export interface Asked {
  readonly question: string;
  readonly user: string;
  /** Of the row, once somebody said it: an answer, a problem or a header. */
  id?: string;
  /** HTTP status; undefined when the connection broke before there was one. */
  status?: number;
  /** Status or error code of the last answer that was read. */
  outcome?: string;
  /** Codes of the 503 that it was asked again after. */
  readonly turnedAway: string[];
  headers?: Headers;
  body?: Record<string, unknown>;
}

export interface AskOptions {
  /** Which API process; by turns when left out. */
  readonly api?: number;
  readonly user?: string;
  /** Answered 202 at once. */
  readonly isAsync?: boolean;
  readonly waitSeconds?: number;
  readonly idempotencyKey?: string;
  readonly model?: string;
  /** How often it is asked again after a 503, as a good client does; safe with an idempotency key. */
  readonly retries?: number;
  readonly signal?: AbortSignal;
}

/** What an answer or a problem says about how the question ended. */
export function outcomeOf(body: Record<string, unknown>): string | undefined {
  const { status, code, error } = body as { status?: unknown; code?: unknown; error?: { code?: unknown } };
  if (typeof code === 'string') return code;
  if (typeof error?.code === 'string') return error.code;
  return typeof status === 'string' ? status : undefined;
}
