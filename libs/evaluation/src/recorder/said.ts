/** What a model said, as it is kept in a file. */
export interface Said {
  readonly text: string;
  /** As the API names it; `end_turn` when nothing is known. */
  readonly stopReason: string;
  /** As the provider reported it. */
  readonly usage?: Usage;
}

/** Tokens by kind, in the API's words. */
export interface Usage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_input_tokens?: number;
  readonly cache_creation_input_tokens?: number;
}

/** An answer of an HTTP server as it stands. */
export interface RawReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An error in the API's form. `400` is final: no client tries it again. */
export function errorReply(status: number, type: string, message: string): RawReply {
  const body = JSON.stringify({ type: 'error', error: { type, message } });
  return { status, headers: { 'content-type': 'application/json', 'x-should-retry': 'false' }, body };
}

/** The message as the Messages API streams it. */
export function streamOf({ text, stopReason, usage }: Said, model: string, estimate: Usage): RawReply {
  const counts = { cache_read_input_tokens: 0, cache_creation_input_tokens: 0, ...(usage ?? estimate) };
  const start = {
    id: 'msg_recorded',
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...counts, output_tokens: 1 },
  };
  const events = [
    ['message_start', { message: start }],
    ['content_block_start', { index: 0, content_block: { type: 'text', text: '' } }],
    ['content_block_delta', { index: 0, delta: { type: 'text_delta', text } }],
    ['content_block_stop', { index: 0 }],
    ['message_delta', { delta: { stop_reason: stopReason, stop_sequence: null }, usage: counts }],
    ['message_stop', {}],
  ] as const;
  const body = events.map(([type, data]) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`).join('');
  return { status: 200, headers: { 'content-type': 'text/event-stream' }, body };
}

/** Reads a streamed message back; undefined unless it came whole. */
export function saidIn(stream: string): Said | undefined {
  let text = '';
  let stopReason: string | undefined;
  let usage: Partial<Usage> = {};
  let isWhole = false;
  for (const line of stream.split('\n')) {
    if (!line.startsWith('data:')) continue;
    const event = JSON.parse(line.slice(5)) as StreamEvent;
    if (event.type === 'message_start') usage = { ...event.message?.usage };
    if (event.type === 'content_block_delta' && event.delta?.type === 'text_delta') text += event.delta.text ?? '';
    if (event.type === 'message_delta') {
      stopReason = event.delta?.stop_reason ?? stopReason;
      usage = { ...usage, ...event.usage };
    }
    if (event.type === 'message_stop') isWhole = true;
  }
  return isWhole && stopReason !== undefined ? { text, stopReason, usage: countsOf(usage) } : undefined;
}

interface StreamEvent {
  readonly type: string;
  readonly message?: { readonly usage?: Partial<Usage> };
  readonly delta?: { readonly type?: string; readonly text?: string; readonly stop_reason?: string };
  readonly usage?: Partial<Usage>;
}

function countsOf(usage: Partial<Usage>): Usage {
  return {
    input_tokens: usage.input_tokens ?? 0,
    output_tokens: usage.output_tokens ?? 0,
    cache_read_input_tokens: usage.cache_read_input_tokens ?? 0,
    cache_creation_input_tokens: usage.cache_creation_input_tokens ?? 0,
  };
}
