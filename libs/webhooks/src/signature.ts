import { createHmac } from 'node:crypto';

/** An event as it is sent. */
export interface EventRecord {
  readonly id: string;
  readonly type: string;
  readonly at: Date;
  readonly data: unknown;
}

/** The body of a delivery, the same bytes at every attempt. */
export function deliveryBody({ id, type, at, data }: EventRecord): string {
  return JSON.stringify({ id, type, createdAt: at.toISOString(), data });
}

/**
 * The value of `Memori-Signature`: `t=<seconds since 1970>,v1=<hex>`, where v1 is HMAC-SHA256 under the webhook's secret
 * (the whole text, `whsec_` included) over `<t>.<body>`. A receiver computes it over the raw body, compares in constant
 * time, and refuses a `t` that is more than five minutes away: a delivery that was recorded cannot be played again.
 */
export function signatureOf(secret: string, body: string, at: Date): string {
  const seconds = Math.floor(at.getTime() / 1000);
  const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${mac}`;
}
