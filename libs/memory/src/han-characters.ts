import { isStopWord } from '@memori/text';

/** No character of Chinese comes before it: the radicals begin there. */
const FIRST_HAN = 0x2e80;
const PAIR = /^\p{Script=Han}{2}$/u;
/** So that none is taken for a word of one character. */
const MARK = '·';

/**
 * The characters of a Chinese text, each once, out of the pairs that it is indexed by: 硬盘 and 磁盘 are two words for one
 * thing that have no pair in common, and still a character. Characters of grammar are left out.
 */
export function hanCharacters(tokens: readonly string[]): string[] {
  const found = new Set<string>();
  for (const token of tokens)
    // Most tokens are English words: those are told by their first letter.
    if (token.charCodeAt(0) >= FIRST_HAN && PAIR.test(token))
      for (const character of token) if (!isStopWord(character)) found.add(MARK + character);
  return [...found];
}
