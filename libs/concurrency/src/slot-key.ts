/** Somebody waits for an interactive call; background work (facts, summaries, an evaluation) takes what is left over. */
export type SlotClass = 'interactive' | 'background';

/** Whose slot it is, and what for. Slots per user count by tenant and user together. */
export interface SlotKey {
  readonly tenantId: string;
  readonly userId: string;
  /** Opaque name of what is called. While it is paused, nobody gets a slot for it; it has a pace of its own. */
  readonly rateKey?: string;
  /** Default: interactive. */
  readonly class?: SlotClass;
  /** What the call is expected to take from the provider's limits, in tokens. */
  readonly tokens?: { readonly input?: number; readonly output?: number };
}

/** Why nobody is to call for a while: the rate is limited, or what is called is overloaded or fails. */
export type PauseReason = 'rate-limited' | 'overloaded' | 'unavailable';

/**
 * Why there is no slot.
 * - `all`: all slots are taken; `user`: this user has his share
 * - `background`: background work has its share, or somebody waits for an interactive call
 * - `paused`: the provider said when to call again; `paced`: his limit is near, or he complained a short while ago
 * - `epoch`: the store lost its leases and grants nothing until every lease of before must have ended
 * - `store`: the store cannot be reached
 */
export type Denial = 'all' | 'user' | 'background' | 'paused' | 'paced' | 'epoch' | 'store';

export interface NoSlot {
  readonly denied: Denial;
  /** With `paused`: what the provider had said to whoever paused it. */
  readonly because?: PauseReason;
  /** When asking again may help; a freed slot is notified earlier. */
  readonly waitMs: number;
}
