/** One US dollar in nano-dollars. */
export const NANO_PER_USD = 1_000_000_000n;

/** `"0.125"` as nano-dollars, exactly. Undefined when it is no plain decimal number of at most nine places. */
export function nanoFromDecimal(text: string): bigint | undefined {
  const match = /^(\d{1,9})(?:\.(\d{1,9}))?$/.exec(text);
  if (!match) return undefined;
  return BigInt(match[1] ?? '') * NANO_PER_USD + BigInt((match[2] ?? '').padEnd(9, '0'));
}

/** A configured amount, to the nearest nano-dollar. */
export function nanoFromUsd(usd: number): bigint {
  return BigInt(Math.round(usd * Number(NANO_PER_USD)));
}

/** For people and JSON. Sums are made of nano-dollars, never of this. */
export function usdFromNano(nano: bigint): number {
  return Number(nano) / Number(NANO_PER_USD);
}

/** Divides and rounds up: a fraction of a nano-dollar is charged as a whole one, never as none. */
export function divideUp(amount: bigint, by: bigint): bigint {
  return (amount + by - 1n) / by;
}
