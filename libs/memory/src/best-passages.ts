/** Most characters of a turn that recall gives back. */
const MAX_EXCERPT = 1600;
const GAP = ' … ';

/**
 * The best passages of a long text, in the order of the text; a text of one passage stays whole. `isShort`: only the best
 * one, so that more finds have room in a token budget.
 */
export function excerptOf(content: string, ends: readonly number[], best: readonly number[], isShort = false): string {
  if (ends.length <= 1) return content;
  const chosen: number[] = [];
  let length = 0;
  for (const passage of best) {
    length += (ends[passage] ?? 0) - (ends[passage - 1] ?? 0);
    if ((isShort || length > MAX_EXCERPT) && chosen.length > 0) break;
    chosen.push(passage);
  }
  return chosen
    .sort((a, b) => a - b)
    .map((passage, place) => {
      const text = content.slice(ends[passage - 1] ?? 0, ends[passage]).trim();
      return place > 0 && chosen[place - 1] !== passage - 1 ? GAP + text : place > 0 ? ` ${text}` : text;
    })
    .join('');
}
