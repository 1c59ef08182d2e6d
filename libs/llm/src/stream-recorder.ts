import type { TokenUsage } from '@memori/budget';
import type { StreamEvidence } from './stream-evidence';

const EVERY_MS = 2000;

/**
 * Writes what a streaming call has used so far beside it, when the input becomes known and then every two seconds at
 * most. Nobody waits for it: it serves only the case that this process dies.
 */
export class StreamRecorder {
  private writtenAt?: number;
  private isWriting = false;

  constructor(private readonly write: (usage: TokenUsage) => Promise<void>) {}

  note(evidence: StreamEvidence): void {
    if (!evidence.hasStarted || this.isWriting) return;
    if (this.writtenAt !== undefined && performance.now() - this.writtenAt < EVERY_MS) return;
    this.writtenAt = performance.now();
    this.isWriting = true;
    this.write(evidence.usage)
      // Losing it makes a charge after a crash less exact, nothing else.
      .catch(() => undefined)
      .finally(() => (this.isWriting = false));
  }
}
