/** Tokens of one call by kind: each kind has its own price. */
export interface TokenUsage {
  /** Input that was neither written to nor read from the provider's cache. */
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly outputTokens: number;
}

export const NO_USAGE: TokenUsage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
};

/** The whole prompt: what `inputTokens` alone leaves out is the cached part. */
export function promptTokens(usage: TokenUsage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
}

/** Tokens as limits count them: input, cache writes, output, and a tenth (rounded up) of what was read from the cache. */
export function limitTokens(usage: TokenUsage): number {
  const { inputTokens, cacheWrite5mTokens, cacheWrite1hTokens, outputTokens, cacheReadTokens } = usage;
  return inputTokens + cacheWrite5mTokens + cacheWrite1hTokens + outputTokens + Math.ceil(cacheReadTokens / 10);
}

export function addUsage(a: TokenUsage, b: TokenUsage): TokenUsage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWrite5mTokens: a.cacheWrite5mTokens + b.cacheWrite5mTokens,
    cacheWrite1hTokens: a.cacheWrite1hTokens + b.cacheWrite1hTokens,
    outputTokens: a.outputTokens + b.outputTokens,
  };
}
