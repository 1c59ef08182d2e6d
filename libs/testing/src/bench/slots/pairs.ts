import { type LoadResult, runLoad } from '../load';
import { openSlots, type SlotPlace } from './open-slots';

const LIMITS = { MEMORI_MAX_CONCURRENT_REQUESTS: '100', MEMORI_MAX_REQUESTS_PER_USER: '10' };
const CLIENTS = 64;

/** Slots taken and given back by one process, as fast as it goes: no limit is reached. */
export async function measurePairs(place: SlotPlace, seconds: number): Promise<LoadResult> {
  const { slots, close } = await openSlots(place, LIMITS);
  try {
    const pair = async (client: number) => {
      const lease = await slots.acquire({ tenantId: 'default', userId: `user-${client}`, rateKey: 'model' });
      if (!lease) throw new Error('no slot');
      await lease.release();
    };
    await runLoad({ clients: CLIENTS, calls: 2000, seconds: 1 }, pair);
    return await runLoad({ clients: CLIENTS, calls: Infinity, seconds }, pair);
  } finally {
    await close();
  }
}
