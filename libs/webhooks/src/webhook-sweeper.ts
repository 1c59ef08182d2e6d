import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { NotificationHub, type Unsubscribe } from '@memori/database';
import { Log } from '@memori/monitoring';
import { WebhookNudger } from '@memori/queue';
import { WebhookDispatcher } from './webhook-dispatcher';

/** Notified by the trigger that writes deliveries. */
const CHANNEL = 'memori_webhooks';
const EVERY_MS = 15_000;

/** Nudges when an event wants to be told, and looks by itself for what nobody was nudged about. */
@Injectable()
export class WebhookSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private timer?: NodeJS.Timeout;
  private stopListening: Unsubscribe[] = [];
  private sweeping?: Promise<unknown>;

  constructor(
    private readonly dispatcher: WebhookDispatcher,
    private readonly nudger: WebhookNudger,
    private readonly hub: NotificationHub,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.sweep(), EVERY_MS).unref();
    this.stopListening = [
      this.hub.on(CHANNEL, () => void this.nudger.nudge()),
      this.hub.reconnected(() => void this.nudger.nudge()),
    ];
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    for (const stop of this.stopListening) stop();
    await this.sweeping;
  }

  private sweep(): void {
    this.sweeping ??= this.dispatcher
      .drain()
      .catch((error: unknown) => this.log.warn('Webhooks could not be looked through; the next round does.', { error }))
      .finally(() => (this.sweeping = undefined));
  }
}
