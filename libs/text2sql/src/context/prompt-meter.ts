/** Counts as the budget counts: the estimate of the whole must not exceed `limit`, else the call is refused. */
export interface PromptMeter {
  /** Most input tokens that one attempt may be estimated at. */
  readonly limit: number;
  /** Upper estimate of one text. */
  tokens(text: string): number;
  /** Upper estimate of what a request costs beside its texts: its messages and the format of the reply. */
  overhead(messages: number): number;
}

/** Takes items in their order while they fit; says what it took and what it left. */
export function takeWithin<T extends { tokens: number }>(
  items: readonly T[],
  budget: number,
): { taken: T[]; left: T[] } {
  const taken: T[] = [];
  const left: T[] = [];
  let used = 0;
  for (const item of items) {
    if (used + item.tokens > budget) left.push(item);
    else {
      taken.push(item);
      used += item.tokens;
    }
  }
  return { taken, left };
}

export function sumTokens(items: readonly { tokens: number }[]): number {
  return items.reduce((sum, { tokens }) => sum + tokens, 0);
}
