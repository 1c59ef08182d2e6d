/** Whose slot it is. Slots per user count by tenant and user together. */
export interface SlotKey {
  readonly tenantId: string;
  readonly userId: string;
  /** Opaque name of what is called. While it is paused, nobody gets a slot for it. */
  readonly rateKey?: string;
}

/**
 * Why there is no slot: all are taken, this user has his share, the rate key is paused, or the store lost its leases and
 * grants nothing until every lease of before must have ended.
 */
export interface NoSlot {
  readonly denied: 'all' | 'user' | 'paused' | 'epoch';
  /** When asking again may help; a freed slot is notified earlier. */
  readonly waitMs: number;
}
