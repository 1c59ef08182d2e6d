/** Where a command writes: answers to standard output, progress and errors to standard error. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
}
