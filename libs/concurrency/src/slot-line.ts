import { Injectable } from '@nestjs/common';
import { SlotStore } from './slot-store';
import { Slots } from './slots';

/** What a waiting line and the slots tell each other. Takes no slot: that is the business of the door to the model. */
@Injectable()
export class SlotLine {
  constructor(
    private readonly slots: Slots,
    private readonly store: SlotStore,
  ) {}

  /** Calls `listener` when a slot was freed in any instance, or when such a notice may have been missed. */
  onFreed(listener: () => void): () => void {
    return this.store.onFreed(listener);
  }

  /** `look` tells whether an interactive call waits: background work then gets no slot in this process. */
  letBackgroundYield(look: () => Promise<boolean>): void {
    this.slots.interactiveWaits = look;
  }
}
