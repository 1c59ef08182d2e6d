import 'reflect-metadata';
import { openSlots, type SlotPlace } from './open-slots';

const LOOK_MS = 2000;
const WAITER = { tenantId: 'default', userId: 'waiter' };

/** Called when this file is run, by wake-ups.ts: wants the only slot, and tells when it was noticed and when it was got. */
async function main(): Promise<void> {
  const place = JSON.parse(process.argv[2] ?? '{}') as SlotPlace;
  const { slots, listen } = await openSlots(place, { MEMORI_MAX_CONCURRENT_REQUESTS: '1' });
  let isWaiting = false;
  const tryNow = async () => {
    if (!isWaiting) return;
    const lease = await slots.acquire(WAITER);
    if (!lease || !isWaiting) return lease?.release();
    const at = process.hrtime.bigint();
    isWaiting = false;
    await lease.release();
    process.send?.({ gotAt: String(at) });
  };
  await listen(() => void tryNow());
  // As the service does: a look of one's own, should a notice be lost.
  setInterval(() => void tryNow(), LOOK_MS);
  process.on('message', () => {
    isWaiting = true;
    // Denied, as the slot is held: from now on somebody waits.
    void slots.tryAcquire(WAITER).then(() => process.send?.({ isWaiting: true }));
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ isReady: true });
}

main().catch((error: Error) => {
  process.stderr.write(`${error.stack ?? error.message}\n`);
  process.exit(1);
});
