import type { SourceClient } from './source-client';

/**
 * The idle connections of all pools of a process, at most `max`: with many data sources on one server those that nobody
 * uses would take the places of others. Beyond it the one that has been idle longest is closed.
 */
export class IdleConnections {
  private readonly closers = new Map<SourceClient, () => void>();

  constructor(private readonly max: number) {}

  add(client: SourceClient, close: () => void): void {
    this.closers.set(client, close);
    if (this.closers.size <= this.max) return;
    // A map keeps the order of insertion.
    const [[oldest, closeOldest] = []] = this.closers;
    if (oldest) this.closers.delete(oldest);
    closeOldest?.();
  }

  remove(client: SourceClient): void {
    this.closers.delete(client);
  }

  get size(): number {
    return this.closers.size;
  }
}
