import { LeaseLostError } from './lease-lost.error';
import { SlotLease, type LeaseStore } from './slot-lease';

/** A store whose answers the test decides. */
class FakeStore implements LeaseStore {
  renewals = 0;
  freed: bigint[] = [];
  answer: () => Promise<boolean> = () => Promise.resolve(true);

  renew(): Promise<boolean> {
    this.renewals++;
    return this.answer();
  }

  free(fence: bigint): Promise<void> {
    this.freed.push(fence);
    return Promise.resolve();
  }
}

describe('SlotLease', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  function aLease(store: FakeStore, sentAt = performance.now()): SlotLease {
    return new SlotLease({ fence: 7n, leaseMs: 30_000, sentAt }, store);
  }

  it('renews at a third of the lease, for as long as it is held', async () => {
    const store = new FakeStore();
    const lease = aLease(store);

    await jest.advanceTimersByTimeAsync(100_000);

    expect(store.renewals).toBe(10);
    expect(lease.signal.aborted).toBe(false);
  });

  it('stops renewing once it is released', async () => {
    const store = new FakeStore();
    const lease = aLease(store);

    await lease.release();
    await jest.advanceTimersByTimeAsync(100_000);

    expect(store.renewals).toBe(0);
    expect(store.freed).toEqual([7n]);
    expect(lease.signal.aborted).toBe(false);
  });

  it('aborts before the lease ends when the store cannot be reached', async () => {
    const store = new FakeStore();
    store.answer = () => Promise.reject(new Error('connection refused'));
    const lease = aLease(store);

    await jest.advanceTimersByTimeAsync(27_999);
    expect(lease.signal.aborted).toBe(false);
    await jest.advanceTimersByTimeAsync(1);

    expect(lease.signal.reason).toBeInstanceOf(LeaseLostError);
    expect(store.renewals).toBeGreaterThan(3);
  });

  it('aborts before the lease ends when the store answers nothing at all', async () => {
    const store = new FakeStore();
    store.answer = () => new Promise(() => undefined);
    const lease = aLease(store);

    await jest.advanceTimersByTimeAsync(28_000);

    expect(lease.signal.aborted).toBe(true);
  });

  it('counts the lease from when the request was sent, not from when the answer came', async () => {
    const store = new FakeStore();
    store.answer = () => Promise.reject(new Error('down'));
    const lease = aLease(store, performance.now() - 10_000);

    await jest.advanceTimersByTimeAsync(18_000);

    expect(lease.signal.aborted).toBe(true);
  });

  it('aborts at once when the store says that the lease is gone', async () => {
    const store = new FakeStore();
    store.answer = () => Promise.resolve(false);
    const lease = aLease(store);

    await jest.advanceTimersByTimeAsync(10_000);

    expect(lease.signal.reason).toBeInstanceOf(LeaseLostError);
  });

  it('goes on when the store comes back in time', async () => {
    const store = new FakeStore();
    store.answer = () => (store.renewals < 4 ? Promise.reject(new Error('down')) : Promise.resolve(true));
    const lease = aLease(store);

    await jest.advanceTimersByTimeAsync(60_000);

    expect(lease.signal.aborted).toBe(false);
  });

  it('ignores the answer to a renewal that was on its way when it was released', async () => {
    const store = new FakeStore();
    let answer: (isKept: boolean) => void = () => undefined;
    store.answer = () => new Promise((resolve) => (answer = resolve));
    const lease = aLease(store);
    await jest.advanceTimersByTimeAsync(10_000);

    await lease.release();
    answer(false);
    await jest.advanceTimersByTimeAsync(100_000);

    expect(lease.signal.aborted).toBe(false);
    expect(store.freed).toEqual([7n]);
  });
});
