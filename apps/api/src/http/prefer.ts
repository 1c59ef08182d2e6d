/** How long a caller of a question wants to wait. */
export interface Preference {
  /** `respond-async`: answer 202 at once. */
  readonly isAsync: boolean;
  readonly waitMs: number;
}

const DEFAULT_WAIT_SECONDS = 30;
const MAX_WAIT_SECONDS = 120;

/** Reads `Prefer` (RFC 7240). A preference that is not understood is ignored, as the RFC wants it. */
export function preferenceOf(header: string | string[] | undefined): Preference {
  const wishes = [header ?? '']
    .flat()
    .join(',')
    .toLowerCase()
    .split(/[,;]/)
    .map((wish) => wish.trim());
  const isAsync = wishes.includes('respond-async');
  const wait = wishes
    .map((wish) => /^wait\s*=\s*"?(\d{1,6})"?$/.exec(wish)?.[1])
    .find((seconds) => seconds !== undefined);
  const seconds = wait === undefined ? DEFAULT_WAIT_SECONDS : Math.min(Number(wait), MAX_WAIT_SECONDS);
  // RFC 7240 lets both stand together: wait that long, then answer 202. Alone, respond-async waits for nothing.
  return { isAsync, waitMs: isAsync && wait === undefined ? 0 : seconds * 1000 };
}
