import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Env } from '@memori/config';
import { Log, Metrics } from '@memori/monitoring';
import { newId } from '@memori/scope';
import { Pacer } from './pacer';
import type { NoSlot, PauseReason, SlotKey } from './slot-key';
import { SlotLease } from './slot-lease';
import { type SlotAsk, type SlotAnswer, SlotStore } from './slot-store';

/** How soon to ask again when nobody says when a slot frees: the notification usually comes first. */
const ASK_AGAIN_MS = 1000;
const QUIET_MS = 60_000;

/** Slots for calls in flight, over all instances and per user, as leases in PostgreSQL or Redis. */
@Injectable()
export class Slots implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** Tells whether an interactive call waits somewhere: background work then gets no slot. Set by who keeps the line. */
  interactiveWaits: () => Promise<boolean> = () => Promise.resolve(false);
  private readonly releasing = new Set<Promise<void>>();
  private epoch?: string;
  private quietUntil = -Infinity;

  constructor(
    private readonly store: SlotStore,
    private readonly pacer: Pacer,
    private readonly env: Env,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.store.open(this.env.MEMORI_SLOT_LEASE_MS);
  }

  /** Slots that were let go are back before the store closes. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.settled();
  }

  /** A slot of all and a slot of the user at once, or undefined. */
  async acquire(key: SlotKey): Promise<SlotLease | undefined> {
    const outcome = await this.tryAcquire(key);
    return outcome instanceof SlotLease ? outcome : undefined;
  }

  /**
   * The same in one round trip too, with the reason when there is none. A store that fails to answer grants nothing, and
   * throws nothing: the question waits.
   */
  async tryAcquire(key: SlotKey): Promise<SlotLease | NoSlot> {
    const ask = this.askFor(key);
    if (ask.isBackground && (await this.interactiveWaits())) return this.refused({ denied: 'background' });
    const sentAt = performance.now();
    const answer = await this.ask(ask);
    this.noteState(key, answer);
    return answer.fence === undefined ? this.refused(answer) : this.lease(BigInt(answer.fence), ask, sentAt);
  }

  /** Nobody, in no instance, gets a slot for `rateKey` before `ms` have passed; who is denied one is told `reason`. */
  async pause(rateKey: string, ms: number, reason: PauseReason = 'rate-limited'): Promise<void> {
    await this.store.pause(rateKey, Math.ceil(ms), reason);
  }

  /** Resolves when every slot that was given back so far is back. */
  async settled(): Promise<void> {
    await Promise.all(this.releasing);
  }

  private askFor({ tenantId, userId, rateKey, class: slotClass, tokens = {} }: SlotKey): SlotAsk {
    const [most, mostPerUser] = [this.env.MEMORI_MAX_CONCURRENT_REQUESTS, this.env.MEMORI_MAX_REQUESTS_PER_USER];
    return {
      tenantId,
      userId,
      ...(rateKey !== undefined && { rateKey }),
      holder: newId(),
      leaseMs: this.env.MEMORI_SLOT_LEASE_MS,
      most,
      mostPerUser,
      isBackground: slotClass === 'background',
      mostBackground: half(most),
      mostBackgroundPerUser: half(mostPerUser),
      inputTokens: tokens.input ?? 0,
      outputTokens: tokens.output ?? 0,
    };
  }

  private async ask(ask: SlotAsk): Promise<SlotAnswer> {
    try {
      return await this.store.acquire(ask);
    } catch (error) {
      if (performance.now() >= this.quietUntil)
        this.log.warn('The store of slots does not answer; calls to the model wait until it does.', { error });
      this.quietUntil = performance.now() + QUIET_MS;
      return { denied: 'store' };
    }
  }

  private noteState({ rateKey }: SlotKey, { inUse, epoch, isPaced = false, denied }: SlotAnswer): void {
    if (inUse !== undefined) this.metrics.slotsInUse(inUse);
    if (epoch !== undefined && this.epoch !== undefined && epoch !== this.epoch) this.metrics.leaseEpochChanged();
    this.epoch = epoch ?? this.epoch;
    const isKnown = denied === undefined || denied === 'paced' || denied === 'paused';
    if (rateKey !== undefined && isKnown) this.pacer.learn(rateKey, isPaced);
  }

  private refused({ denied = 'all', because, waitMs = ASK_AGAIN_MS }: SlotAnswer): NoSlot {
    this.metrics.slotDenied(denied);
    return { denied, waitMs, ...(because && { because }) };
  }

  private lease(fence: bigint, { holder, leaseMs }: SlotAsk, sentAt: number): SlotLease {
    const lease = new SlotLease(
      { fence, leaseMs, sentAt },
      {
        renew: (held) => this.store.renew(held, holder, leaseMs),
        free: (held) => this.tracked(this.free(held, holder)),
      },
    );
    lease.signal.addEventListener('abort', () => this.metrics.leaseLost(), { once: true });
    return lease;
  }

  private async free(fence: bigint, holder: string): Promise<void> {
    try {
      await this.store.release(fence, holder);
    } catch (error) {
      this.log.warn('A slot could not be given back; it frees itself when its lease ends.', { error });
    }
  }

  private async tracked(work: Promise<void>): Promise<void> {
    this.releasing.add(work);
    await work.finally(() => this.releasing.delete(work));
  }
}

/** Background work may never have everything, but always something. */
function half(most: number): number {
  return Math.max(1, Math.floor(most / 2));
}
