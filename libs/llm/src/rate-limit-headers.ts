import { APIError } from '@anthropic-ai/sdk';
import type { Pacer, RateWindow, RateWindows } from '@memori/concurrency';
import { providerFaultOf } from './provider-fault';

const NAMES = {
  requests: 'requests',
  inputTokens: 'input-tokens',
  outputTokens: 'output-tokens',
  tokens: 'tokens',
} as const satisfies Record<keyof RateWindows, string>;

/** The buckets that `anthropic-ratelimit-*` headers tell of. One that is missing or malformed is left out. */
export function limitsOf(headers: Headers, now = Date.now()): RateWindows {
  const aheadMs = clockDifference(headers, now);
  const windows = Object.entries(NAMES).flatMap(([kind, name]) => {
    const window = windowOf(headers, `anthropic-ratelimit-${name}`, aheadMs);
    return window ? [[kind, window] as const] : [];
  });
  return Object.fromEntries(windows);
}

/** The provider took a request: how near his limits are now. */
export function noteHeaders(pacer: Pacer, model: string, headers: Headers): void {
  pacer.observe(model, { kind: 'ok', limits: limitsOf(headers) });
}

/** He refused one for its rate, or is overloaded. Other failures say nothing of his limits. */
export function noteFault(pacer: Pacer, model: string, error: unknown): void {
  const fault = providerFaultOf(error);
  if (fault?.kind !== 'rate-limited' && fault?.kind !== 'overloaded') return;
  const headers = error instanceof APIError ? error.headers : undefined;
  pacer.observe(model, { kind: fault.kind, retryAfterMs: fault.retryAfterMs, limits: headers && limitsOf(headers) });
}

function windowOf(headers: Headers, prefix: string, aheadMs: number): RateWindow | undefined {
  const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((part) => headers.get(`${prefix}-${part}`));
  if (!limit || !remaining || !reset) return undefined;
  const window = { limit: Number(limit), remaining: Number(remaining), resetsAtMs: Date.parse(reset) - aheadMs };
  if (!Object.values(window).every(Number.isFinite)) return undefined;
  return { limit: window.limit, remaining: window.remaining, resetsAt: new Date(window.resetsAtMs) };
}

/** By how much the provider's clock is ahead of ours: his moments are moved to our time, whichever clock is wrong. */
function clockDifference(headers: Headers, now: number): number {
  const theirs = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(theirs) ? 0 : theirs - now;
}
