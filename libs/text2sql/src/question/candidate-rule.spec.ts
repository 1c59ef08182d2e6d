import { type Candidate, preferredOf } from './candidate-rule';

const candidate = (foundRows: boolean, stored = 0, missing = 0): Candidate => ({
  foundRows,
  values: { stored, missing },
});

describe('preferredOf', () => {
  it.each<[string, Candidate, Candidate, 'first' | 'second']>([
    ['both found something', candidate(true), candidate(true), 'first'],
    ['only the first did', candidate(true), candidate(false), 'first'],
    ['only the second did', candidate(false), candidate(true), 'second'],
    [
      'the second found a text that is stored, the first one that is not',
      candidate(false, 0, 1),
      candidate(true, 1),
      'second',
    ],
    ['the second looks for no text at all', candidate(false, 0, 1), candidate(true), 'first'],
    ['the second looks for fewer texts', candidate(false, 2), candidate(true, 1), 'first'],
    ['the second looks for one that is not stored', candidate(false), candidate(true, 1, 1), 'first'],
  ])('where %s', (_, first, second, expected) => {
    expect(preferredOf(first, second)).toBe(expected);
  });
});
