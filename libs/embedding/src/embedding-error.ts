/**
 * No vectors came. `code` says why in a word ("timeout", "http-401", "bad-reply", "model"); neither it nor the message
 * holds texts, keys or addresses.
 */
export class EmbeddingError extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** Whether another try later may do better. */
    readonly isPassing: boolean,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'EmbeddingError';
  }
}
