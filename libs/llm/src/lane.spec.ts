import { Lane } from './lane';

describe('Lane', () => {
  it('works once at a time, and once more for whoever came meanwhile', async () => {
    let [running, most, done] = [0, 0, 0];
    const work = async () => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      done++;
    };
    const lane = new Lane(work, () => undefined);

    await Promise.all([lane.run(), lane.run(), lane.run()]);
    await lane.run();

    expect([most, done]).toEqual([1, 3]);
  });

  it('survives work that fails, and rests when it is closed', async () => {
    const errors: unknown[] = [];
    let calls = 0;
    const lane = new Lane(
      async () => {
        calls++;
        throw new Error('no');
      },
      (error) => errors.push(error),
    );

    await lane.run();
    await lane.close();
    await lane.run();

    expect([calls, errors.length]).toEqual([1, 1]);
  });
});
