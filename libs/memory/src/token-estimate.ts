const CHARACTERS_PER_TOKEN = 3.5;
const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;

/** About how many tokens a text is, without a model at hand: a character each in Chinese, Japanese and Korean. */
export function estimateTextTokens(text: string): number {
  const wide = text.match(WIDE)?.length ?? 0;
  return Math.ceil(wide + (text.length - wide) / CHARACTERS_PER_TOKEN);
}

/** What stands around an item in a prompt: date, kind, quotes. */
export const TOKENS_PER_ITEM = 25;
