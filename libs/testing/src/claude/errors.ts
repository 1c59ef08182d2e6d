/** An error as the API answers it: a status, a type, a message and headers of its own. */
export class ClaudeError extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'ClaudeError';
  }

  body(requestId: string) {
    return { type: 'error', error: { type: this.type, message: this.message }, request_id: requestId };
  }
}

export function invalid(message: string): ClaudeError {
  return new ClaudeError(400, 'invalid_request_error', message, { 'x-should-retry': 'false' });
}
