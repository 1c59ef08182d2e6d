import type { TokenUsage } from '@memori/budget';
import type { StreamEvidence } from './stream-evidence';

const FIRST_AFTER_MS = 100;
const EVERY_MS = 2000;

/**
 * Writes what a streaming call has used so far beside it: soon after the input is known, then every two seconds. Nobody
 * waits for it; it serves only the case that this process dies, and a reply that is over at once goes without.
 */
export class StreamRecorder {
  private timer?: NodeJS.Timeout;

  constructor(private readonly write: (usage: TokenUsage) => Promise<void>) {}

  /** Called after each event of the stream. */
  note(evidence: StreamEvidence): void {
    if (!this.timer && evidence.hasStarted) this.writeIn(FIRST_AFTER_MS, evidence);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private writeIn(ms: number, evidence: StreamEvidence): void {
    this.timer = setTimeout(() => {
      // Losing it makes a charge after a crash less exact, nothing else.
      this.write(evidence.usage).catch(() => undefined);
      this.writeIn(EVERY_MS, evidence);
    }, ms).unref();
  }
}
