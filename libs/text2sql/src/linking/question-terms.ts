import { isHanCharacter, nameTokens } from '@memori/text';
import type { AliasDictionary } from './alias-dictionary';

/**
 * A single Chinese character beside a pair. Where a pair of the question is in an alias, so are its characters; alone they
 * have to carry what people say in other words.
 */
export const CHARACTER_WEIGHT = 1.5;
/** A word that the aliases translate, beside one that the question has itself. */
export const TRANSLATION_WEIGHT = 1;

/** What to look for, and how much each term counts: the question's own, and the names that its words are aliases of. */
export function questionTerms(question: string, dictionary: AliasDictionary): ReadonlyMap<string, number> {
  const own = new Map<string, number>(
    nameTokens(question).map((token) => [token, isHanCharacter(token) ? CHARACTER_WEIGHT : 1]),
  );
  const terms = new Map(own);
  for (const [word, likelihood] of dictionary.translate(own))
    terms.set(word, (terms.get(word) ?? 0) + TRANSLATION_WEIGHT * likelihood);
  return terms;
}
