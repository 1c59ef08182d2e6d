/** Scripts that name their language, or the commonest one, in the order in which they decide. */
const BY_SCRIPT: readonly [RegExp, string][] = [
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/gu, 'ja'],
  [/\p{Script=Hangul}/gu, 'ko'],
  [/\p{Script=Han}/gu, 'zh'],
  [/\p{Script=Cyrillic}/gu, 'ru'],
  [/\p{Script=Arabic}/gu, 'ar'],
  [/\p{Script=Hebrew}/gu, 'he'],
  [/\p{Script=Thai}/gu, 'th'],
  [/\p{Script=Greek}/gu, 'el'],
  [/\p{Script=Devanagari}/gu, 'hi'],
];

/**
 * The language of a text as far as its letters tell: `zh` for 「上个月的销售额 by city」. Undefined for Latin letters,
 * which a score of languages share.
 */
export function languageOf(text: string): string | undefined {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  // Logographic scripts say more in a letter: a fifth of the letters is already most of the sentence.
  return BY_SCRIPT.find(([script]) => (text.match(script)?.length ?? 0) > letters / 5)?.[1];
}
