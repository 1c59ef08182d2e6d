import { inLanes } from './in-lanes';

describe('inLanes', () => {
  it('does everything, each lane one thing at a time', async () => {
    const busy = new Set<string>();
    const done: number[] = [];
    await inLanes([1, 2, 3, 4, 5], ['a', 'b'], async (each, lane) => {
      expect(busy.has(lane)).toBe(false);
      busy.add(lane);
      await Promise.resolve();
      busy.delete(lane);
      done.push(each);
    });

    expect(done.sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it('ends with the first failure, and starts nothing after it', async () => {
    const started: number[] = [];
    const work = inLanes([1, 2, 3, 4], ['a'], (each) => {
      started.push(each);
      return each === 2 ? Promise.reject(new Error('two')) : Promise.resolve();
    });

    await expect(work).rejects.toThrow('two');
    expect(started).toEqual([1, 2]);
  });
});
