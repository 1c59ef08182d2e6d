import { foldLetters } from './fold-letters';

it.each([
  ['Zürich', 'zurich'],
  ['Muñoz', 'munoz'],
  ['Königsstraße', 'konigsstrasse'],
  ['Ελλάδα', 'ελλαδα'],
  ['Алёна', 'алена'],
  // A stress mark, as dictionaries print it.
  ['Москва\u0301', 'москва'],
])('leaves accents of %s out', (text, folded) => {
  expect(foldLetters(text)).toBe(folded);
});

it.each([
  ['Толстой', 'толстой'],
  ['й', 'и\u0306'],
  ['Україна', 'україна'],
  ['Магілёўская', 'магілеўская'],
  ['Ѓорѓи', 'ѓорѓи'],
  ['東京が', '東京が'],
])('keeps the letters of %s that a mark makes', (text, folded) => {
  expect(foldLetters(text)).toBe(folded.normalize('NFC'));
});

it('tells the singular from the plural', () => {
  expect(foldLetters('мой')).not.toBe(foldLetters('мои'));
});
