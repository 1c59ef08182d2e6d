import { AnthropicError, APIConnectionError, APIConnectionTimeoutError, APIError } from '@anthropic-ai/sdk';
import { retryAfterMsOf } from './retry-after';

/** The stream ended before its message did. */
export class CutStreamError extends Error {
  constructor() {
    super('The stream of the reply ended before the reply did.');
    this.name = 'CutStreamError';
  }
}

export type FaultKind =
  | 'rate-limited'
  | 'spend-limit'
  | 'overloaded'
  | 'unavailable'
  | 'timeout'
  | 'connection'
  | 'cut-stream'
  | 'key-refused'
  | 'model-unknown'
  | 'too-large'
  | 'bad-request';

/** A failure of the provider in our terms. Holds no text of his: it may quote the prompt. */
export interface ProviderFault {
  readonly kind: FaultKind;
  readonly status?: number;
  /** As the provider's header says. */
  readonly retryAfterMs?: number;
  readonly requestId?: string;
  /** True: he answered with an error instead of a reply, or was never reached, so there is nothing to bill. */
  readonly isUnbilled: boolean;
}

/** Undefined: not the provider's fault, and not ours to translate. */
export function providerFaultOf(error: unknown, now = Date.now()): ProviderFault | undefined {
  if (error instanceof CutStreamError) return { kind: 'cut-stream', isUnbilled: false };
  if (error instanceof APIConnectionTimeoutError) return { kind: 'timeout', isUnbilled: false };
  if (error instanceof APIConnectionError) return { kind: 'connection', isUnbilled: neverConnected(error) };
  if (error instanceof APIError) return faultOfAnswer(error, now);
  // A socket that is cut in the middle of a stream is an AnthropicError here, a TypeError of fetch there.
  if (error instanceof AnthropicError || isSocketError(error)) return { kind: 'cut-stream', isUnbilled: false };
  return undefined;
}

function faultOfAnswer(error: APIError, now: number): ProviderFault {
  const retryAfterMs = error.headers ? retryAfterMsOf(error.headers, now) : undefined;
  return {
    kind: kindOfAnswer(error, retryAfterMs),
    // An error event within a stream has no status: by then the input has been read.
    isUnbilled: error.status !== undefined,
    ...(error.status !== undefined && { status: error.status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(error.requestID && { requestId: error.requestID }),
  };
}

function kindOfAnswer({ status, type, apiMessage }: APIError, retryAfterMs: number | undefined): FaultKind {
  if (status === 402 || type === 'billing_error' || /credit balance/i.test(apiMessage ?? '')) return 'spend-limit';
  // Without a time to wait for, a 429 speaks of the account's spending cap.
  if (status === 429) return retryAfterMs === undefined ? 'spend-limit' : 'rate-limited';
  if (status === 529 || type === 'overloaded_error') return 'overloaded';
  if (status === undefined) return type === 'rate_limit_error' ? 'overloaded' : 'unavailable';
  if (status === 401 || status === 403) return 'key-refused';
  if (status === 404) return 'model-unknown';
  if (status === 413) return 'too-large';
  if (status === 408 || status === 409 || status >= 500) return 'unavailable';
  return 'bad-request';
}

/** What a log may hold of an error of the provider: its class, status, type and codes, but none of its words. */
export class ProviderError extends Error {
  constructor(error: unknown) {
    const { status, type, requestID } = error instanceof APIError ? error : {};
    const facts = [status, type, requestID, ...codesOf(error)].filter((fact) => fact != null);
    super(facts.join(' ') || 'no details');
    this.name = error instanceof Error ? error.constructor.name : 'ProviderError';
  }
}

const NEVER_CONNECTED = new Set([
  'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID',
]); // prettier-ignore

/** Only errors from before the connection stood: after that, the request may have been read. */
function neverConnected(error: unknown): boolean {
  return codesOf(error).some((code) => NEVER_CONNECTED.has(code));
}

const SOCKET = new Set([
  'UND_ERR_SOCKET',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
]);

function isSocketError(error: unknown): boolean {
  return (
    codesOf(error).some((code) => SOCKET.has(code)) || (error instanceof TypeError && error.message === 'terminated')
  );
}

/** Codes of an error and of all its causes, several of which may stand side by side (IPv4 and IPv6). */
function codesOf(error: unknown, depth = 0): string[] {
  if (typeof error !== 'object' || error === null || depth > 5) return [];
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  const own = typeof code === 'string' ? [code] : [];
  const inner = [cause, ...(Array.isArray(errors) ? errors : [])];
  return [...own, ...inner.flatMap((each) => codesOf(each, depth + 1))];
}
