import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Env } from '@memori/config';
import { Log } from '@memori/monitoring';
import { bucketsOf, isNear, merge, type PaceObservation, type PaceReport } from './pace';
import { SlotStore } from './slot-store';

/** Observations of so long travel together. */
const GATHER_MS = 50;
const QUIET_MS = 60_000;

/**
 * Carries what calls met at the provider to where every instance sees it; the acquisition of a slot decides by it. Nobody
 * waits for a report, and a call that met nothing remarkable makes none.
 */
@Injectable()
export class Pacer implements OnModuleDestroy {
  private readonly outbox = new Map<string, PaceReport>();
  private readonly heldBack = new Set<string>();
  private timer?: NodeJS.Timeout;
  private sending: Promise<void> = Promise.resolve();
  private quietUntil = -Infinity;

  constructor(
    private readonly store: SlotStore,
    private readonly env: Env,
    private readonly log: Log,
  ) {}

  observe(rateKey: string, { kind, retryAfterMs = 0, limits = {} }: PaceObservation): void {
    const buckets = bucketsOf(limits, new Date());
    if (kind === 'ok' && !this.heldBack.has(rateKey) && !isNear(buckets)) return;
    const isFault = kind !== 'ok';
    const report = {
      rateKey,
      oks: isFault ? 0 : 1,
      faults: isFault ? 1 : 0,
      pauseMs: Math.ceil(retryAfterMs),
      ...(isFault && { pauseReason: kind }),
      most: this.env.MEMORI_MAX_CONCURRENT_REQUESTS,
      buckets,
    };
    this.outbox.set(rateKey, merge(this.outbox.get(rateKey), report));
    this.timer ??= setTimeout(() => void this.flush(), isFault ? 0 : GATHER_MS).unref();
  }

  /** What an acquisition said about a rate key: while it is held back, its successes are worth a report. */
  learn(rateKey: string, isPaced: boolean): void {
    if (isPaced) this.heldBack.add(rateKey);
    else this.heldBack.delete(rateKey);
  }

  /** Sends what was observed so far. Resolves when it has arrived, or cannot. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const reports = [...this.outbox.values()];
    this.outbox.clear();
    if (reports.length > 0) this.sending = this.sending.then(() => this.send(reports));
    return this.sending;
  }

  async onModuleDestroy(): Promise<void> {
    await this.flush();
  }

  private async send(reports: PaceReport[]): Promise<void> {
    try {
      await this.store.report(reports);
    } catch (error) {
      // Others learn it from their own replies; the next report brings this one's share as well.
      if (performance.now() < this.quietUntil) return;
      this.quietUntil = performance.now() + QUIET_MS;
      this.log.warn("The provider's limits could not be shared with other instances", { error });
    }
  }
}
