import { progressLine } from './progress-line';

describe('progressLine', () => {
  it('writes each percent once, and ends its line', () => {
    const written: string[] = [];
    const progress = progressLine((text) => written.push(text));

    for (let done = 1; done <= 1000; done++) progress(done, 1000);

    expect(written).toHaveLength(101);
    expect(written.at(-1)).toBe('\r1000 of 1000 (100 %)\n');
  });
});
