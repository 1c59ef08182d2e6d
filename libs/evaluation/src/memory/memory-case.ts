/** One thing said, as it is recorded. */
export interface SaidTurn {
  /** Unique in its conversation; evidence names it. */
  readonly id: string;
  readonly role: 'user' | 'assistant';
  readonly name?: string;
  readonly content: string;
  /** ISO 8601. */
  readonly occurredAt?: string;
}

/** A fact that somebody drew from turns. */
export interface DrawnFact {
  readonly content: string;
  readonly turnIds: readonly string[];
  readonly category?: string;
}

/** A question about a conversation, and the turns that hold the answer. */
export interface MemoryQuestion {
  readonly id: string;
  readonly question: string;
  readonly category: string;
  readonly evidence: readonly string[];
  /** Of an update: what was said first, and what holds since. */
  readonly update?: { readonly older: readonly string[]; readonly newer: readonly string[] };
}

/** A conversation of several sessions, with the questions about it. It becomes a namespace. */
export interface MemoryConversation {
  readonly id: string;
  readonly form: 'locomo' | 'beam' | 'lines';
  readonly sessions: readonly (readonly SaidTurn[])[];
  /** The facts that the data set itself brings. */
  readonly observations: readonly DrawnFact[];
  readonly questions: readonly MemoryQuestion[];
}
