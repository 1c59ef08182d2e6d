export interface Entry {
  /** How long a place is waited for. */
  readonly timeoutMs: number;
  /** Gives up waiting when it aborts. */
  readonly signal?: AbortSignal;
  /** Before all that wait already: for who tells others whether this process is well. */
  readonly first?: boolean;
}

/** Lets `size` through at a time, the others wait in order. */
export class Turnstile {
  private free: number;
  private readonly line: (() => void)[] = [];

  constructor(size: number) {
    this.free = size;
  }

  /** How many stand before it. */
  get waiting(): number {
    return this.line.length;
  }

  /** Resolves to true with a place, to false when none came free in time or `signal` aborted. */
  enter({ timeoutMs, signal, first = false }: Entry): Promise<boolean> {
    if (signal?.aborted) return Promise.resolve(false);
    if (this.free > 0) {
      this.free--;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const end = (entered: boolean) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', giveUp);
        resolve(entered);
      };
      const turn = () => end(true);
      const giveUp = () => {
        const place = this.line.indexOf(turn);
        if (place >= 0) this.line.splice(place, 1);
        end(false);
      };
      const timer = setTimeout(giveUp, timeoutMs);
      signal?.addEventListener('abort', giveUp, { once: true });
      if (first) this.line.unshift(turn);
      else this.line.push(turn);
    });
  }

  leave(): void {
    const next = this.line.shift();
    if (next) next();
    else this.free++;
  }
}
