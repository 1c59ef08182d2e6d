import { untilVectorsAreMade, vectorModel } from './made-vectors';

/** Tells the next of these at each look, and the last one for ever. */
function aMemori(...looks: (readonly [rounds: number, waiting: number])[]) {
  let at = 0;
  return {
    metric: (name: string) => {
      const [rounds, waiting] = looks[Math.min(at, looks.length - 1)] as (typeof looks)[number];
      if (name !== 'memori_vector_rounds_total') return Promise.resolve({ value: waiting, labels: '' });
      at++;
      return Promise.resolve({ value: rounds, labels: '' });
    },
    get looks() {
      return at;
    },
  };
}

describe('the wait for vectors', () => {
  const patience = { lookAgainMs: 0, mostLooks: 20 };

  it('ends after a round that began after it, and left nothing', async () => {
    // The first round may have begun before the last turn was recorded: that it left nothing says nothing.
    const memori = aMemori([7, 0], [8, 0], [8, 0], [9, 2], [10, 1], [11, 0], [12, 0]);

    await untilVectorsAreMade(memori, patience);

    expect(memori.looks).toBe(5);
  });

  it('is given up where a provider keeps failing', async () => {
    await expect(untilVectorsAreMade(aMemori([1, 3], [9, 3]), patience)).rejects.toThrow(/not made in time/);
  });

  it('is not needed where nobody makes vectors', async () => {
    expect(await vectorModel({ metric: () => Promise.resolve(undefined) })).toBeUndefined();
    const metric = () => Promise.resolve({ value: 1, labels: '{model="use-lite-0.2.0"}' });
    expect(await vectorModel({ metric })).toBe('use-lite-0.2.0');
  });
});
