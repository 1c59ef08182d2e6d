import { eventText, type ServerEvent, textOf } from './event-stream';

const never = new AbortController().signal;

async function* of(...events: ServerEvent[]): AsyncGenerator<ServerEvent> {
  yield* events;
}

async function all(texts: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const text of texts) found.push(text);
  return found;
}

/** A source that waits for ever, and knows whether it was let go. */
function silence() {
  const state = { isLetGo: false };
  const source: AsyncIterable<ServerEvent> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => undefined),
      return: async () => {
        state.isLetGo = true;
        return { done: true, value: undefined };
      },
    }),
  };
  return { source, state };
}

describe('eventText', () => {
  it('writes id, name and data', () => {
    expect(eventText({ id: 3, type: 'sql', data: '{"sql":"SELECT 1"}' })).toBe(
      'id: 3\nevent: sql\ndata: {"sql":"SELECT 1"}\n\n',
    );
  });

  it('cannot be broken out of by line ends in the data', () => {
    expect(eventText({ id: 1, type: 'delta', data: 'a\nevent: done\r\nb\rc' })).toBe(
      'id: 1\nevent: delta\ndata: a\ndata: event: done\ndata: b\ndata: c\n\n',
    );
  });
});

describe('textOf', () => {
  it('opens with a comment, sends every event and ends with the last', async () => {
    const texts = await all(textOf(of({ id: 1, type: 'status', data: '{}' }), { end: never }));

    expect(texts).toEqual([expect.stringMatching(/^:/), 'id: 1\nevent: status\ndata: {}\n\n']);
  });

  it('sends a comment when nothing happens, and goes on waiting', async () => {
    const texts = textOf(silence().source, { end: never, heartbeatMs: 1 });
    await texts.next();

    expect((await texts.next()).value).toMatch(/^:/);
    expect((await texts.next()).value).toMatch(/^:/);
  });

  it('says at last that the process stops, without an id, and lets its source go', async () => {
    const controller = new AbortController();
    const { source, state } = silence();
    const texts = textOf(source, { end: controller.signal });
    await texts.next();
    const next = texts.next();

    controller.abort();

    const { value } = await next;
    expect(value).toBe(
      'event: status\nretry: 1000\ndata: {"status":"running","reason":"shutting-down","retryAfterMs":1000}\n\n',
    );
    expect(await texts.next()).toEqual({ done: true, value: undefined });
    expect(state.isLetGo).toBe(true);
  });

  it('passes a failure of its source on', async () => {
    async function* broken(): AsyncGenerator<ServerEvent> {
      yield { id: 1, type: 'status', data: '{}' };
      throw new Error('lost');
    }

    await expect(all(textOf(broken(), { end: never }))).rejects.toThrow('lost');
  });
});
