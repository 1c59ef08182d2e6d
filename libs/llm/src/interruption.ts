export type Interrupter = 'cancelled' | 'lease-lost' | 'shutting-down' | 'timeout';

/** Everything that may stop a call, as one signal, and who did. Ends listening when disposed of. */
export class Interruption {
  private readonly controller = new AbortController();
  private readonly undo: (() => void)[] = [];
  private first?: Interrupter;

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Who stopped the call; the first one counts. */
  get by(): Interrupter | undefined {
    return this.first;
  }

  /** Stops the call when `signal` aborts. */
  follow(who: Interrupter, signal: AbortSignal | undefined): void {
    if (!signal) return;
    if (signal.aborted) return this.stop(who);
    const stop = () => this.stop(who);
    signal.addEventListener('abort', stop, { once: true });
    this.undo.push(() => signal.removeEventListener('abort', stop));
  }

  /** Bounds the call from now on. */
  startTimer(ms: number): void {
    const timer = setTimeout(() => this.stop('timeout'), ms).unref();
    this.undo.push(() => clearTimeout(timer));
  }

  dispose(): void {
    for (const undo of this.undo.splice(0)) undo();
  }

  private stop(who: Interrupter): void {
    if (this.first) return;
    this.first = who;
    this.controller.abort();
  }
}
