import { type Confidence, confidenceOf, type ConfidenceFacts } from './confidence';

const plain: ConfidenceFacts = { repairs: 0, values: { stored: 0, missing: 0 }, foundRows: true };

describe('confidenceOf', () => {
  it.each<[string, Partial<ConfidenceFacts>, Confidence]>([
    ['a first try that names no text', {}, 'medium'],
    ['a first try that was not run', { foundRows: undefined }, 'medium'],
    ['a first try whose texts are stored', { values: { stored: 2, missing: 0 } }, 'high'],
    ['the same, where nothing came out', { values: { stored: 2, missing: 0 }, foundRows: false }, 'medium'],
    ['the same, not run', { values: { stored: 2, missing: 0 }, foundRows: undefined }, 'medium'],
    ['a text that its column does not hold', { values: { stored: 1, missing: 1 } }, 'low'],
    ['one repair', { repairs: 1 }, 'low'],
    ['one repair that led to a stored text', { repairs: 1, values: { stored: 1, missing: 0 } }, 'medium'],
    ['two repairs', { repairs: 2, values: { stored: 1, missing: 0 } }, 'low'],
    ['a second candidate with the same rows', { secondCandidate: 'agreed' }, 'high'],
    ['the same after a repair', { repairs: 1, secondCandidate: 'agreed' }, 'medium'],
    [
      'the same of a text that is missing',
      { values: { stored: 0, missing: 1 }, foundRows: false, secondCandidate: 'agreed' },
      'medium',
    ],
    ['a second candidate with other rows', { secondCandidate: 'disagreed', values: { stored: 3, missing: 0 } }, 'low'],
  ])('of %s', (_, facts, expected) => {
    expect(confidenceOf({ ...plain, ...facts })).toBe(expected);
  });
});
