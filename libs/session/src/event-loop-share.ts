import { setImmediate as nextTurnOfTheLoop } from 'node:timers/promises';

const SHARE_MS = 10;

/** Long computing that lets others run in between: awaited often, it yields once its share of time is used up. */
export class EventLoopShare {
  private since = performance.now();

  async yieldWhenUsedUp(): Promise<void> {
    if (performance.now() - this.since < SHARE_MS) return;
    await nextTurnOfTheLoop();
    this.since = performance.now();
  }
}
