import { setTimeout as wait } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Client, escapeIdentifier, type ClientConfig } from 'pg';

export type Unsubscribe = () => void;
type Handler = (payload: string) => void;

const PAUSES_MS = [100, 250, 500, 1000, 2000, 5000];

/**
 * LISTEN on one direct connection for the whole process. After a lost connection it connects again, listens again and
 * then calls the `reconnected` handlers: what was notified in between is lost, so they look at the tables themselves.
 */
@Injectable()
export class NotificationHub implements OnApplicationShutdown {
  private readonly logger = new Logger(NotificationHub.name);
  private readonly handlers = new Map<string, Set<Handler>>();
  private readonly afterLoss = new Set<() => void>();
  private readonly closing = new AbortController();
  private client?: Client;
  private connected = deferred();
  private loop?: Promise<void>;
  private listening: Promise<unknown> = Promise.resolve();

  /** `config` must lead past any pooler. The connection opens with the first handler. */
  constructor(private readonly config: ClientConfig) {}

  /** Calls `handler` for each notification on `channel`. */
  on(channel: string, handler: Handler): Unsubscribe {
    const known = this.handlers.get(channel);
    if (known) known.add(handler);
    else this.listen(channel, handler);
    return () => void this.handlers.get(channel)?.delete(handler);
  }

  /** Calls `handler` each time that the connection was lost and is there again. */
  reconnected(handler: () => void): Unsubscribe {
    this.afterLoss.add(handler);
    return () => void this.afterLoss.delete(handler);
  }

  /** Resolves when the connection stands and every channel asked for so far is listened to. */
  async ready(): Promise<void> {
    this.start();
    await this.connected.promise;
    await this.listening;
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing.abort();
    this.connected.resolve();
    await this.client?.end().catch(() => undefined);
    await this.loop;
  }

  private listen(channel: string, handler: Handler): void {
    this.handlers.set(channel, new Set([handler]));
    this.start();
    // Not connected yet: the connection will listen to every channel as it opens.
    this.listening = this.listening.then(() => this.client?.query(listenTo(channel))).catch(() => undefined);
  }

  private start(): void {
    this.loop ??= this.keepConnected();
  }

  private async keepConnected(): Promise<void> {
    for (let failures = 0, isFirst = true; !this.closing.signal.aborted; isFirst = isFirst && failures > 0) {
      const client = this.newClient();
      // Not events.once(): that rejects on 'error', which may come before 'end'.
      const ended = new Promise((resolve) => client.once('end', resolve));
      try {
        await this.open(client);
        failures = 0;
        if (!isFirst) for (const handler of this.afterLoss) this.guarded(handler);
        await ended;
        this.connected = deferred();
      } catch {
        failures++;
        client.end().catch(() => undefined);
      }
      this.client = undefined;
      await this.pause(PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)] as number);
    }
    this.connected.resolve();
  }

  private newClient(): Client {
    const client = new Client({
      ...this.config,
      application_name: 'memori-listen',
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
    });
    client.on('error', () => undefined);
    client.on('notification', ({ channel, payload = '' }) => {
      for (const handler of this.handlers.get(channel) ?? []) this.guarded(() => handler(payload));
    });
    return client;
  }

  private async open(client: Client): Promise<void> {
    await client.connect();
    this.closing.signal.throwIfAborted();
    this.client = client;
    const channels = [...this.handlers.keys()].map(listenTo);
    if (channels.length > 0) await client.query(channels.join(';'));
    this.connected.resolve();
  }

  private guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.logger.error(`A handler of notifications failed: ${(error as Error).name}`);
    }
  }

  private async pause(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.closing.signal }).catch(() => undefined);
  }
}

function listenTo(channel: string): string {
  return `LISTEN ${escapeIdentifier(channel)}`;
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
