import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Env } from '@memori/config';
import { Database } from '@memori/database';
import { Log, Metrics } from '@memori/monitoring';
import { newId } from '@memori/scope';
import type { NoSlot, SlotKey } from './slot-key';
import { SlotLease } from './slot-lease';

/** Notified whenever a slot was given back. */
export const SLOT_FREE_CHANNEL = 'memori_slot_free';

/** How soon to ask again when nobody says when a slot frees: the notification usually comes first. */
const ASK_AGAIN_MS = 1000;

interface SlotAnswer {
  readonly fence?: string;
  readonly inUse?: number;
  readonly denied?: NoSlot['denied'];
  readonly waitMs?: number;
}

/** Slots for calls in flight, over all instances and per user, as leases in PostgreSQL. */
@Injectable()
export class Slots implements OnApplicationBootstrap {
  constructor(
    private readonly database: Database,
    private readonly env: Env,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  /**
   * After a crash the store waits for one lease length before it grants: that wait begins now, not at the first call.
   * The embedded PostgreSQL serves this process alone, so there it need not wait, not even for leases of a killed one.
   */
  async onApplicationBootstrap(): Promise<void> {
    if (this.env.MEMORI_DATABASE_URL === '') await this.database.call('SELECT memori.begin_lease_epoch()');
    else await this.database.call('SELECT memori.current_lease_epoch($1)', [this.env.MEMORI_SLOT_LEASE_MS]);
  }

  /** A slot of all and a slot of the user at once, or undefined. */
  async acquire(key: SlotKey): Promise<SlotLease | undefined> {
    const outcome = await this.tryAcquire(key);
    return outcome instanceof SlotLease ? outcome : undefined;
  }

  /** The same in one round trip too, with the reason when there is none. */
  async tryAcquire(key: SlotKey): Promise<SlotLease | NoSlot> {
    const holder = newId();
    const leaseMs = this.env.MEMORI_SLOT_LEASE_MS;
    const sentAt = performance.now();
    const answer = await this.ask(key, holder);
    if (answer.inUse !== undefined) this.metrics.slotsInUse(answer.inUse);
    if (answer.fence === undefined) return { denied: answer.denied ?? 'all', waitMs: answer.waitMs ?? ASK_AGAIN_MS };
    return new SlotLease(
      { fence: BigInt(answer.fence), leaseMs, sentAt },
      { renew: (fence) => this.renew(fence, holder), free: (fence) => this.free(fence, holder) },
    );
  }

  /** Nobody, in no instance, gets a slot for `rateKey` before `ms` have passed. */
  async pause(rateKey: string, ms: number): Promise<void> {
    await this.database.call('SELECT memori.pause($1, $2)', [rateKey, Math.ceil(ms)]);
  }

  private async ask(key: SlotKey, holder: string): Promise<SlotAnswer> {
    const ask = {
      ...key,
      holder,
      leaseMs: this.env.MEMORI_SLOT_LEASE_MS,
      most: this.env.MEMORI_MAX_CONCURRENT_REQUESTS,
      mostPerUser: this.env.MEMORI_MAX_REQUESTS_PER_USER,
    };
    const [row] = await this.database.call<{ answer: SlotAnswer }>('SELECT memori.acquire_slot($1) AS answer', [
      JSON.stringify(ask),
    ]);
    return row?.answer ?? {};
  }

  private async renew(fence: bigint, holder: string): Promise<boolean> {
    const [row] = await this.database.call<{ kept: boolean }>('SELECT memori.renew_slot($1, $2, $3) AS kept', [
      fence,
      holder,
      this.env.MEMORI_SLOT_LEASE_MS,
    ]);
    return row?.kept === true;
  }

  private async free(fence: bigint, holder: string): Promise<void> {
    try {
      await this.database.call('SELECT memori.release_slot($1, $2)', [fence, holder]);
    } catch (error) {
      this.log.warn('A slot could not be given back; it frees itself when its lease ends.', { error });
    }
  }
}
