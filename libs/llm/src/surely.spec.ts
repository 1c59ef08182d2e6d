import { surely } from './surely';

describe('surely', () => {
  it('tries again after a failure', async () => {
    let left = 1;
    const work = () => (left-- > 0 ? Promise.reject(new Error('connection lost')) : Promise.resolve('written'));

    await expect(surely(work)).resolves.toBe('written');
  });

  it('gives up with the last error after four tries', async () => {
    let tries = 0;

    await expect(
      surely(
        () => Promise.reject(new Error(`failure ${++tries}`)),
        () => Promise.resolve(),
      ),
    ).rejects.toThrow('failure 4');
  });
});
