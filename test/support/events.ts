/** One server-sent event. */
export interface SentEvent {
  readonly id: number;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** Reads server-sent events as they come. Ends when the server ends the stream, or when the caller stops reading. */
export async function* eventsOf(response: Response): AsyncGenerator<SentEvent> {
  let rest = '';
  for await (const text of textOf(response)) {
    rest += text;
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = eventIn(block);
      if (event) yield event;
    }
  }
}

export async function allEvents(response: Response): Promise<SentEvent[]> {
  const events: SentEvent[] = [];
  for await (const event of eventsOf(response)) events.push(event);
  return events;
}

async function* textOf(response: Response): AsyncGenerator<string> {
  if (!response.body) return;
  const decoder = new TextDecoder();
  for await (const chunk of response.body) yield decoder.decode(chunk as Uint8Array, { stream: true });
}

function eventIn(block: string): SentEvent | undefined {
  const fields = block.split('\n').map((line) => /^(id|event|data): ?(.*)$/.exec(line));
  const of = (name: string) => fields.filter((field) => field?.[1] === name).map((field) => field?.[2] ?? '');
  const data = of('data').join('\n');
  return data === ''
    ? undefined
    : { id: Number(of('id')[0]), type: of('event')[0] ?? 'message', data: JSON.parse(data) as Record<string, unknown> };
}
