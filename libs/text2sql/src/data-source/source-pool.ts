import { Turnstile } from '@memori/database';
import { DataSourceBusyError } from './data-source.errors';
import type { IdleConnections } from './idle-connections';
import type { SourceClient } from './source-client';

export interface SourcePoolOptions {
  readonly max: number;
  readonly idleMs: number;
  /** A connection older than this is not used again: its server may have moved. */
  readonly lifetimeMs: number;
  readonly waitMs: number;
}

interface Idle {
  readonly client: SourceClient;
  readonly timer: NodeJS.Timeout;
}

/** The connections to one data source: opened when needed, at most `max`, closed when idle. */
export class SourcePool {
  private readonly turnstile: Turnstile;
  private readonly idle: Idle[] = [];
  private readonly born = new WeakMap<SourceClient, number>();
  /** Leases, and those who wait for one. */
  private users = 0;
  private isClosed = false;

  constructor(
    private readonly open: () => Promise<SourceClient>,
    private readonly options: SourcePoolOptions,
    /** Called when the last connection has gone: nothing is left that needs the password. */
    private readonly onEmpty: () => void,
    /** Shared by all pools. */
    private readonly allIdle: IdleConnections,
  ) {
    this.turnstile = new Turnstile(options.max);
  }

  /** A connection, fresh or used before; `undefined` when `signal` aborted while waiting. */
  async lease(signal?: AbortSignal): Promise<{ client: SourceClient; isFresh: boolean } | undefined> {
    this.users++;
    if (!(await this.turnstile.enter({ timeoutMs: this.options.waitMs, signal }))) {
      this.users--;
      if (signal?.aborted) return undefined;
      throw new DataSourceBusyError(this.options.max, this.options.waitMs);
    }
    try {
      const used = this.takeIdle();
      if (used) return { client: used, isFresh: false };
      const client = await this.open();
      this.born.set(client, performance.now());
      // A server that closes an idle connection is noticed when it does, not at the next question.
      client.once('end', () => this.drop(client));
      return { client, isFresh: true };
    } catch (error) {
      this.goOut();
      throw error;
    }
  }

  /** Gives a connection back. One that may be in an unknown state is closed. */
  release(client: SourceClient, isReusable: boolean): void {
    const age = performance.now() - (this.born.get(client) ?? 0);
    if (isReusable && client.isUsable && !this.isClosed && age < this.options.lifetimeMs) this.keep(client);
    else client.destroy();
    this.goOut();
  }

  /** Closes idle connections now and the others when they come back. */
  close(): void {
    this.isClosed = true;
    for (const { client, timer } of this.idle.splice(0)) {
      clearTimeout(timer);
      this.allIdle.remove(client);
      endQuietly(client);
    }
  }

  private goOut(): void {
    this.users--;
    this.turnstile.leave();
    this.tellWhenEmpty();
  }

  private keep(client: SourceClient): void {
    const timer = setTimeout(() => this.drop(client), this.options.idleMs).unref();
    this.idle.push({ client, timer });
    this.allIdle.add(client, () => this.drop(client));
  }

  private drop(client: SourceClient): void {
    const place = this.idle.findIndex((idle) => idle.client === client);
    if (place < 0) return;
    clearTimeout(this.idle.splice(place, 1)[0]?.timer);
    this.allIdle.remove(client);
    endQuietly(client);
    this.tellWhenEmpty();
  }

  /** The one used last: the others may grow old and go. */
  private takeIdle(): SourceClient | undefined {
    for (let last = this.idle.pop(); last; last = this.idle.pop()) {
      clearTimeout(last.timer);
      this.allIdle.remove(last.client);
      if (last.client.isUsable) return last.client;
    }
    return undefined;
  }

  private tellWhenEmpty(): void {
    if (this.users === 0 && this.idle.length === 0) this.onEmpty();
  }
}

function endQuietly(client: SourceClient): void {
  client.end().catch(() => undefined);
}
