import type { ChargeReason } from './hold';
import type { TokenUsage } from './token-usage';

/** What the row of an attempt tells about it. */
export interface Evidence {
  readonly state: 'prepared' | 'sent' | 'streaming' | 'ended';
  /** What was kept aside for it. */
  readonly reserved: TokenUsage;
  /** What it had used when it was last heard of; zeros before it streamed. */
  readonly seen: TokenUsage;
}

export type ExpiryVerdict =
  | { readonly kind: 'release' }
  | { readonly kind: 'charge'; readonly usage: TokenUsage; readonly reasons: readonly ChargeReason[] };

/**
 * What becomes of a hold whose owner never came back. Nothing was sent: it is given back. Sent, and no usage known: the
 * whole reservation is charged, and flagged. Streaming: the input as the provider told it, and the streamed part.
 */
export function judgeExpiredHold({ state, reserved, seen }: Evidence): ExpiryVerdict {
  switch (state) {
    case 'prepared':
      return { kind: 'release' };
    case 'streaming':
      return { kind: 'charge', usage: seen, reasons: [] };
    case 'sent':
    case 'ended':
      return { kind: 'charge', usage: reserved, reasons: ['unknown_usage'] };
  }
}
