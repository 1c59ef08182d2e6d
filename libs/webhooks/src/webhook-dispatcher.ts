import { Injectable } from '@nestjs/common';
import { Database } from '@memori/database';
import { Log, Metrics } from '@memori/monitoring';
import { WebhookNudger } from '@memori/queue';
import { Clock } from '@memori/scope';
import { Vault } from '@memori/security';
import { verdictOn } from './retry-plan';
import { deliveryBody, signatureOf } from './signature';
import { WebhookSender } from './webhook-sender';
import { secretContext } from './webhooks';

const BATCH = 10;
/** Longer than one attempt can last. */
const CLAIM_MS = 60_000;

interface Claimed {
  readonly id: string;
  readonly webhook_id: string;
  readonly url: string;
  readonly secret: Buffer;
  readonly attempts: number;
  readonly event_id: string;
  readonly type: string;
  readonly data: unknown;
  readonly at: Date;
}

/** Sends what is due, until nothing is. May run in every process at once: a delivery is claimed before it is sent. */
@Injectable()
export class WebhookDispatcher {
  /** Chance, for tests to hold. */
  random: () => number = Math.random;

  constructor(
    private readonly database: Database,
    private readonly sender: WebhookSender,
    private readonly vault: Vault,
    private readonly nudger: WebhookNudger,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  /** Returns how many attempts it made. */
  async drain(): Promise<number> {
    for (let made = 0; ;) {
      const claimed = await this.database.call<Claimed>('SELECT * FROM memori.claim_deliveries($1, $2)', [
        BATCH,
        CLAIM_MS,
      ]);
      await Promise.all(claimed.map((each) => this.deliver(each)));
      made += claimed.length;
      if (claimed.length < BATCH) return made;
    }
  }

  private async deliver(claimed: Claimed): Promise<void> {
    const verdict = verdictOn(await this.send(claimed), claimed.attempts, this.random());
    const waitMs = verdict.state === 'waiting' ? verdict.waitMs : 0;
    await this.database.call('SELECT memori.end_delivery($1, $2, $3, $4, $5)', [
      claimed.id,
      claimed.attempts,
      verdict.code,
      verdict.state,
      waitMs,
    ]);
    this.metrics.webhookTried(verdict.state === 'waiting' ? 'retrying' : verdict.state);
    const facts = {
      deliveryId: claimed.id,
      webhookId: claimed.webhook_id,
      code: verdict.code,
      attempts: claimed.attempts,
    };
    if (verdict.state === 'failed')
      this.log.error('A webhook was given up: its receiver did not take the event.', facts);
    if (verdict.state === 'waiting') await this.nudger.nudge({ delayMs: waitMs });
  }

  private send({ id, webhook_id, url, secret, event_id, type, data, at }: Claimed) {
    const body = deliveryBody({ id: event_id, type, at, data });
    const now = this.clock.now();
    const key = this.vault.decrypt(secret, secretContext(webhook_id)).toString('utf8');
    // The delivery's id is the same at every attempt: a receiver that saw it need not act twice.
    const headers = { 'memori-event': type, 'memori-delivery': id, 'memori-signature': signatureOf(key, body, now) };
    return this.sender.post(url, headers, body, now.getTime());
  }
}
