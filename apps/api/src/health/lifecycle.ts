import { Injectable } from '@nestjs/common';

/** Where the process stands between its start and its end. */
@Injectable()
export class Lifecycle {
  private readonly stopping = new AbortController();
  private started = false;

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
}
