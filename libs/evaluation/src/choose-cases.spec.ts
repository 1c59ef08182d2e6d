import { chooseCases } from './choose-cases';

const cases = Array.from({ length: 50 }, (_, i) => ({ id: `case ${i}` }));
const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id);

describe('chooseCases', () => {
  it('takes all, or the first', () => {
    expect(chooseCases(cases, {})).toEqual(cases);
    expect(ids(chooseCases(cases, { limit: 2 }))).toEqual(['case 0', 'case 1']);
    expect(chooseCases(cases, { limit: 1000, sample: 1000 })).toEqual(cases);
  });

  it('draws the same for the same seed, in their own order', () => {
    const drawn = ids(chooseCases(cases, { sample: 10, seed: 3 }));

    expect(drawn).toHaveLength(10);
    expect(drawn).toEqual(ids(cases).filter((id) => drawn.includes(id)));
    expect(ids(chooseCases(cases, { sample: 10, seed: 3 }))).toEqual(drawn);
    expect(ids(chooseCases(cases, { sample: 10, seed: 4 }))).not.toEqual(drawn);
  });

  it('draws a case whatever else is in the file', () => {
    const drawn = ids(chooseCases(cases, { sample: 10 }));
    const fewer = cases.filter(({ id }) => drawn.includes(id) || id < 'case 3');

    expect(ids(chooseCases(fewer, { sample: 10 }))).toEqual(drawn);
  });
});
