/** Three letters in a row, over a text whose words are joined: "orderitem" meets "order items". */
export function trigramsOf(text: string): ReadonlySet<string> {
  const letters = [...text];
  return new Set(letters.slice(2).map((letter, at) => `${letters[at]}${letters[at + 1]}${letter}`));
}

/** The share of `part` that stands in `whole`, 0 to 1. */
export function overlap(part: ReadonlySet<string>, whole: ReadonlySet<string>): number {
  if (part.size === 0) return 0;
  let shared = 0;
  for (const trigram of part) if (whole.has(trigram)) shared++;
  return shared / part.size;
}
