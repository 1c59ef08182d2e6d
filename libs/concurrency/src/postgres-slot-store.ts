import { type Database, Gathered, type NotificationHub } from '@memori/database';
import type { PaceReport } from './pace';
import type { PauseReason } from './slot-key';
import { SLOT_FREE_CHANNEL, type SlotAnswer, type SlotAsk, SlotStore } from './slot-store';

const BATCHES = { mostAtOnce: 32, mostUnderWay: 1, patienceMs: 50 };

interface HeldLease {
  readonly fence: string;
  readonly holder: string;
}

/** Leases as rows of an UNLOGGED table, taken inside one SQL function under one lock. */
export class PostgresSlotStore extends SlotStore {
  // All wait for one lock: two batches at once would only wait for each other.
  private readonly acquiring = new Gathered((asks: readonly SlotAsk[]) => this.acquireAll(asks), BATCHES);
  private readonly releasing = new Gathered((leases: readonly HeldLease[]) => this.releaseAll(leases), BATCHES);

  /** `isAlone`: no other process can use this PostgreSQL, as with the embedded one. */
  constructor(
    private readonly database: Database,
    private readonly hub: NotificationHub,
    private readonly isAlone = false,
  ) {
    super();
  }

  /** Alone, there is no wait after a crash, not even for leases of a killed process: nobody else can have one. */
  async open(leaseMs: number): Promise<void> {
    if (this.isAlone) await this.database.call('SELECT memori.begin_lease_epoch()');
    else await this.database.call('SELECT memori.current_lease_epoch($1)', [leaseMs]);
  }

  acquire(ask: SlotAsk): Promise<SlotAnswer> {
    return this.acquiring.ask(ask);
  }

  async renew(fence: bigint, holder: string, leaseMs: number): Promise<boolean> {
    const sql = 'SELECT memori.renew_slot($1, $2, $3) AS kept';
    const [row] = await this.database.callAhead<{ kept: boolean }>(sql, [fence, holder, leaseMs]);
    return row?.kept === true;
  }

  release(fence: bigint, holder: string): Promise<boolean> {
    return this.releasing.ask({ fence: fence.toString(), holder });
  }

  async pause(rateKey: string, ms: number, reason: PauseReason): Promise<void> {
    await this.database.call('SELECT memori.pause($1, $2, $3)', [rateKey, ms, reason]);
  }

  async report(reports: readonly PaceReport[]): Promise<void> {
    await this.database.call('SELECT memori.report_pace($1)', [JSON.stringify(reports)]);
  }

  onFreed(listener: () => void): () => void {
    const stops = [this.hub.on(SLOT_FREE_CHANNEL, listener), this.hub.reconnected(listener)];
    return () => stops.forEach((stop) => stop());
  }

  private acquireAll(asks: readonly SlotAsk[]): Promise<SlotAnswer[]> {
    return this.callForAll('SELECT memori.acquire_slots($1) AS answers', asks);
  }

  private releaseAll(leases: readonly HeldLease[]): Promise<boolean[]> {
    return this.callForAll('SELECT memori.release_slots($1) AS answers', leases);
  }

  private async callForAll<T>(sql: string, all: readonly object[]): Promise<T[]> {
    const [row] = await this.database.call<{ answers: T[] }>(sql, [JSON.stringify(all)]);
    if (!row) throw new Error('The slots gave no answer.');
    return row.answers;
  }
}
