import { Injectable } from '@nestjs/common';

/** Where the process stands between its start and its end, and how much it still has in hand. */
@Injectable()
export class Lifecycle {
  private readonly stopping = new AbortController();
  private started = false;
  private inHand = 0;
  private waiters: (() => void)[] = [];

  /** Fires when the process begins to stop: streams end, new work is turned away. */
  get shutdown(): AbortSignal {
    return this.stopping.signal;
  }

  get isStarted(): boolean {
    return this.started;
  }

  get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  markStarted(): void {
    this.started = true;
  }

  stop(): void {
    this.stopping.abort(new Error('Memori is shutting down.'));
  }

  requestBegan(): void {
    this.inHand++;
  }

  requestEnded(): void {
    this.inHand--;
    if (this.inHand > 0) return;
    for (const tell of this.waiters.splice(0)) tell();
  }

  /** Resolves once no request is in hand. */
  idle(): Promise<void> {
    return this.inHand === 0 ? Promise.resolve() : new Promise((resolve) => this.waiters.push(resolve));
  }
}
