/** Failures in a row, over all questions, that open it: more than one question makes by itself (MEMORI_MAX_ATTEMPTS). */
const OPENS_AFTER = 5;
const FIRST_OPEN_MS = 1000;
const LONGEST_OPEN_MS = 10_000;
type State =
  | { readonly kind: 'closed'; readonly failures: number }
  | { readonly kind: 'open'; readonly until: number; readonly openings: number }
  | { readonly kind: 'half-open'; readonly openings: number };

/** `go` and `probe` may call; the others wait. */
export type BreakerAnswer = { readonly go: 'go' | 'probe' } | { readonly waitMs: number };

/**
 * Stops calls to a model that keeps failing, and lets one through now and then to see whether it answers again: closed,
 * open, half-open as in https://martinfowler.com/bliki/CircuitBreaker.html. A wait that it imposes is no attempt, so an
 * outage uses nobody's attempts up.
 */
export class CircuitBreaker {
  private state: State = { kind: 'closed', failures: 0 };

  admit(nowMs: number): BreakerAnswer {
    const { state } = this;
    if (state.kind === 'closed') return { go: 'go' };
    // A probe is on its way and tells soon, or hangs: half the time that the breaker was open for, not to ask in a rush.
    if (state.kind === 'half-open') return { waitMs: openMs(state.openings - 1) / 2 };
    if (nowMs < state.until) return { waitMs: state.until - nowMs };
    this.state = { kind: 'half-open', openings: state.openings };
    return { go: 'probe' };
  }

  /** Whoever was let through has shown that the model answers. */
  succeeded(): void {
    this.state = { kind: 'closed', failures: 0 };
  }

  /** Milliseconds for which it opened by this failure; undefined when it did not. */
  failed(nowMs: number): number | undefined {
    const { state } = this;
    // Those that were on their way when it opened tell nothing new.
    if (state.kind === 'open') return undefined;
    if (state.kind === 'closed' && state.failures + 1 < OPENS_AFTER) {
      this.state = { kind: 'closed', failures: state.failures + 1 };
      return undefined;
    }
    const openings = state.kind === 'closed' ? 0 : state.openings;
    const ms = openMs(openings);
    this.state = { kind: 'open', until: nowMs + ms, openings: openings + 1 };
    return ms;
  }

  /** The probe ended without telling anything (cancelled, no slot, no budget): the next one may try. */
  probeAbandoned(nowMs: number): void {
    if (this.state.kind === 'half-open') this.state = { kind: 'open', until: nowMs, openings: this.state.openings };
  }
}

function openMs(openedBefore: number): number {
  return Math.min(LONGEST_OPEN_MS, FIRST_OPEN_MS * 2 ** openedBefore);
}
