import type { Database, NotificationHub } from '@memori/database';
import type { PaceReport } from './pace';
import { SLOT_FREE_CHANNEL, type SlotAnswer, type SlotAsk, SlotStore } from './slot-store';

/** Leases as rows of an UNLOGGED table, taken inside one SQL function under one lock. */
export class PostgresSlotStore extends SlotStore {
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

  async acquire(ask: SlotAsk): Promise<SlotAnswer> {
    const sql = 'SELECT memori.acquire_slot($1) AS answer';
    const [row] = await this.database.call<{ answer: SlotAnswer }>(sql, [JSON.stringify(ask)]);
    return row?.answer ?? {};
  }

  async renew(fence: bigint, holder: string, leaseMs: number): Promise<boolean> {
    const sql = 'SELECT memori.renew_slot($1, $2, $3) AS kept';
    const [row] = await this.database.callAhead<{ kept: boolean }>(sql, [fence, holder, leaseMs]);
    return row?.kept === true;
  }

  async release(fence: bigint, holder: string): Promise<boolean> {
    const sql = 'SELECT memori.release_slot($1, $2) AS freed';
    const [row] = await this.database.call<{ freed: boolean }>(sql, [fence, holder]);
    return row?.freed === true;
  }

  async pause(rateKey: string, ms: number): Promise<void> {
    await this.database.call('SELECT memori.pause($1, $2)', [rateKey, ms]);
  }

  async report(reports: readonly PaceReport[]): Promise<void> {
    await this.database.call('SELECT memori.report_pace($1)', [JSON.stringify(reports)]);
  }

  onFreed(listener: () => void): () => void {
    const stops = [this.hub.on(SLOT_FREE_CHANNEL, listener), this.hub.reconnected(listener)];
    return () => stops.forEach((stop) => stop());
  }
}
