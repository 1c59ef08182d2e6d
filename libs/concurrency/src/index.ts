/** Slots over all instances: who may call now, how long, and who must wait. Knows no model, only opaque rate keys. */
export { ConcurrencyModule } from './concurrency.module';
export { LeaseLostError } from './lease-lost.error';
export { SlotLease } from './slot-lease';
export { SLOT_FREE_CHANNEL, Slots } from './slots';
export type { NoSlot, SlotKey } from './slot-key';
