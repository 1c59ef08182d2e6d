import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Client, escapeIdentifier, type ClientConfig } from 'pg';

export type Unsubscribe = () => void;
type Handler = (payload: string) => void;

const RETRY_MS = [100, 250, 500, 1000, 2000, 5000];

/**
 * LISTEN on one direct connection for the whole process. After a lost connection it connects again, listens again and
 * then calls the 'reconnected' handlers: what was notified in between is lost, so they look at the tables themselves.
 */
@Injectable()
export class NotificationHub implements OnApplicationShutdown {
  private readonly handlers = new Map<string, Set<Handler>>();
  private readonly onReconnected = new Set<() => void>();
  private client?: Client;
  private live?: Promise<void>;
  private retryTimer?: NodeJS.Timeout;
  private isClosed = false;

  constructor(private readonly config: ClientConfig) {}

  /** Calls `handler` for each notification on `channel`. */
  on(channel: string, handler: Handler): Unsubscribe {
    const known = this.handlers.get(channel);
    if (known) known.add(handler);
    else this.listen(channel, handler);
    return () => this.handlers.get(channel)?.delete(handler);
  }

  /** Calls `handler` each time that the connection was lost and is there again. */
  reconnected(handler: () => void): Unsubscribe {
    this.onReconnected.add(handler);
    return () => this.onReconnected.delete(handler);
  }

  /** Resolves when the connection stands and every channel asked for so far is listened to. */
  ready(): Promise<void> {
    return (this.live ??= this.connect());
  }

  async onApplicationShutdown(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.retryTimer);
    await this.client?.end().catch(() => undefined);
  }

  private listen(channel: string, handler: Handler): void {
    this.handlers.set(channel, new Set([handler]));
    const before = this.live;
    if (!before) return void this.ready().catch(() => undefined);
    this.live = before.then(async () => void (await this.client?.query(`LISTEN ${escapeIdentifier(channel)}`)));
    this.live.catch(() => undefined);
  }

  private async connect(): Promise<void> {
    const client = new Client({ ...this.config, application_name: 'memori-listen', keepAlive: true });
    client.on('error', () => undefined);
    client.on('end', () => this.reconnectAfterLoss(client));
    client.on('notification', ({ channel, payload }) => this.dispatch(channel, payload ?? ''));
    this.client = client;
    await client.connect();
    const channels = [...this.handlers.keys()].map((channel) => `LISTEN ${escapeIdentifier(channel)}`);
    if (channels.length > 0) await client.query(channels.join(';'));
  }

  private dispatch(channel: string, payload: string): void {
    for (const handler of this.handlers.get(channel) ?? []) handler(payload);
  }

  private reconnectAfterLoss(lost: Client, attempt = 0): void {
    if (this.isClosed || this.client !== lost) return;
    const delay = RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)];
    this.retryTimer = setTimeout(() => {
      this.live = this.connect();
      this.live.then(
        () => this.onReconnected.forEach((handler) => handler()),
        () => this.client && this.reconnectAfterLoss(this.client, attempt + 1),
      );
    }, delay);
  }
}
