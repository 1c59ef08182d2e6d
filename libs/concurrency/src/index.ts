/** Slots over all instances: who may call now, how long, and who must wait. Knows no model, only opaque rate keys. */
export { ConcurrencyModule } from './concurrency.module';
export { FenceBlocks } from './fence-blocks';
export { LeaseLostError } from './lease-lost.error';
export type { PaceObservation, RateWindow, RateWindows } from './pace';
export { Pacer } from './pacer';
export { PostgresSlotStore } from './postgres-slot-store';
export { RedisSlotStore } from './redis-slot-store';
export type { Denial, NoSlot, PauseReason, SlotClass, SlotKey } from './slot-key';
export { SlotLease } from './slot-lease';
export { SlotLine } from './slot-line';
export { SlotStore, type SlotAnswer, type SlotAsk } from './slot-store';
export { Slots } from './slots';
