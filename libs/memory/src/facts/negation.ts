/** Words that hold the sign of a negation and deny nothing. */
const HARMLESS =
  /不错|不过|不但|不仅|不只|不同|不久|不断|不管|不论|差不多|非常|除非|未来|特别|区别|分别|类别|级别|性别|别人|别的|没关系|无线|无论|not only|no\.\s?\d|(?<!\p{L})no (?:later|earlier|sooner|more|less|fewer) than|(?<!\p{L})no (?:matter|doubt)(?!\p{L})/giu;
const DENIALS =
  /(?<![\p{L}\p{N}])(?:not|never|no longer|no more|no|none|nobody|neither|nor|nicht|kein\w*|niemals|jamais|nunca)(?![\p{L}\p{N}])|n['’]t(?![\p{L}\p{N}])|(?:再也|从来?|從來?|并|並|绝|絕)?(?:不再|不|没|沒|无|無|非|勿|别|未)|(?:では|じゃ)(?:ない|ありません)|ない|ません/giu;
/** A denial that has grown into its word. */
const CONTRACTED: readonly [RegExp, string][] = [
  [/(?<!\p{L})can(?:not|['’]t)(?!\p{L})/giu, 'can not'],
  [/(?<!\p{L})won['’]t(?!\p{L})/giu, 'will not'],
];
/** Words that say the contrary of another: "dislikes" is "does not like". */
const OPPOSITES: readonly [RegExp, string][] = [
  [/(?<!\p{L})(?:dislike|hate|detest)(s|d)?(?!\p{L})/giu, 'like'],
  [/(?<!\p{L})(?:stop(?:ped|s)?|quit|gave up|gives? up|given up|ceased) (?=\p{L}+ing(?!\p{L}))/giu, ''],
  [/(?<!\p{L})without(?!\p{L})/giu, 'with'],
  [/讨厌|討厭|反感|厌恶/gu, '喜欢'],
  [/戒(?:掉|了)?酒/gu, '喝酒'],
  [/戒(?:掉|了)?[烟煙]/gu, '抽烟'],
];

/** A text without what denies it, and whether that left it denied: twice denied is not denied. */
export function withoutNegation(text: string): { readonly text: string; readonly negated: boolean } {
  let negated = false;
  let said = text.normalize('NFKC');
  for (const [pattern, plain] of CONTRACTED) said = said.replace(pattern, plain);
  const kept: string[] = [];
  // Set aside, and put back below: what only looks like a negation stays in the text.
  said = said.replace(HARMLESS, (word) => `\u0001${kept.push(word) - 1}\u0002`);
  for (const [pattern, plain] of OPPOSITES)
    said = said.replace(pattern, () => {
      negated = !negated;
      return plain;
    });
  said = said.replace(DENIALS, () => {
    negated = !negated;
    return ' ';
  });
  said = said.replace(/\u0001(\d+)\u0002/g, (_, index: string) => kept[Number(index)] ?? '');
  return { text: said.replaceAll(/\s+/gu, ' ').trim(), negated };
}
