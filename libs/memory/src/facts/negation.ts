/** Words that hold the sign of a negation and deny nothing. */
const HARMLESS =
  /不错|不过|不但|不仅|不只|不同|不久|不断|不管|不论|差不多|非常|除非|未来|特别|区别|分别|类别|级别|性别|别人|别的|没关系|无线|无论|not only|no\.\s?\d/giu;
const DENIALS =
  /(?<![\p{L}\p{N}])(?:not|never|cannot|no longer|no more|nicht|kein\w*|niemals|jamais|nunca)(?![\p{L}\p{N}])|n['’]t(?![\p{L}\p{N}])|不|没|沒|无|無|非|勿|别|未|ない|ません/giu;
/** Words that say the contrary of another: "dislikes" is "does not like". */
const OPPOSITES: readonly [RegExp, string][] = [
  [/(?<!\p{L})(?:dislike|hate|detest)(s|d)?(?!\p{L})/giu, 'like'],
  [/讨厌|討厭|反感|厌恶/gu, '喜欢'],
];

/** A text without what denies it, and whether that left it denied: twice denied is not denied. */
export function withoutNegation(text: string): { readonly text: string; readonly negated: boolean } {
  let negated = false;
  let said = text.normalize('NFKC');
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
