/** Attempts in all; after the last one the delivery has failed and waits for somebody to look. */
export const MOST_ATTEMPTS = 9;

const FIRST_MS = 5000;
const FACTOR = 4;
const LONGEST_MS = 6 * 3_600_000;

/** What an attempt came to: a status of HTTP, or why there was none. */
export type Outcome = { readonly status: number; readonly retryAfterMs?: number } | { readonly fault: string };

export type Verdict =
  | { readonly state: 'delivered' | 'failed'; readonly code: string }
  | { readonly state: 'waiting'; readonly code: string; readonly waitMs: number };

/**
 * 2xx is delivered. 410 says that the receiver is gone for good. Everything else, redirects included, is tried again with
 * exponential backoff and full jitter (`random` in [0, 1): uniform between 0 and 5 s · 4^n, at most 6 h), never sooner
 * than `Retry-After` asks; about half a day in all.
 */
export function verdictOn(outcome: Outcome, attempts: number, random: number): Verdict {
  const code = 'status' in outcome ? `http-${outcome.status}` : outcome.fault;
  if ('status' in outcome && outcome.status >= 200 && outcome.status < 300) return { state: 'delivered', code };
  if (code === 'http-410' || code === 'address-refused' || attempts >= MOST_ATTEMPTS) return { state: 'failed', code };
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * FACTOR ** (attempts - 1));
  const asked = 'status' in outcome ? (outcome.retryAfterMs ?? 0) : 0;
  return { state: 'waiting', code, waitMs: Math.max(Math.min(asked, LONGEST_MS), Math.floor(random * ceiling)) };
}

/** `Retry-After` in milliseconds: seconds or a date. Undefined when it is neither. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
