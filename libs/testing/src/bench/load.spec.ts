import { runLoad } from './load';

describe('runLoad', () => {
  it('makes as many calls as planned, never more at once than there are clients', async () => {
    let [now, most] = [0, 0];
    const result = await runLoad({ clients: 3, calls: 20, seconds: 60 }, async () => {
      most = Math.max(most, ++now);
      await Promise.resolve();
      now--;
    });

    expect(result).toMatchObject({ clients: 3, calls: 20, failed: 0 });
    expect(most).toBe(3);
  });

  it('counts failures apart', async () => {
    let calls = 0;
    const result = await runLoad({ clients: 1, calls: 4, seconds: 60 }, () =>
      ++calls % 2 === 0 ? Promise.reject(new Error('no')) : Promise.resolve(),
    );

    expect(result).toMatchObject({ calls: 2, failed: 2, firstFailure: 'no' });
  });
});
