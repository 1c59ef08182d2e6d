import { newStemmer, type Stemmer } from 'snowball-stemmers';

const LONGEST_WORD = 40;
const CACHED_WORDS = 50_000;

const english = newStemmer('english');
const russian = newStemmer('russian');
const cache = new Map<string, string>();

/** The stem of a folded word: English for Latin letters, Russian for Cyrillic; other scripts keep the word. */
export function stemWord(word: string): string {
  if (word.length > LONGEST_WORD) return word;
  const known = cache.get(word);
  if (known !== undefined) return known;
  const stem = stemmerOf(word)?.stem(word) || word;
  // Emptied as a whole: the common words are back after a few texts.
  if (cache.size >= CACHED_WORDS) cache.clear();
  cache.set(word, stem);
  return stem;
}

function stemmerOf(word: string): Stemmer | undefined {
  if (/^[a-z]+$/.test(word)) return english;
  return /^\p{Script=Cyrillic}+$/u.test(word) ? russian : undefined;
}
