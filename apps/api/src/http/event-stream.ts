import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** One server-sent event whose data is JSON text already. */
export interface ServerEvent {
  readonly id: number | string;
  readonly type: string;
  readonly data: string;
}

export interface StreamOptions {
  /** Fires when the client is gone or the process stops: an open stream would hold the server for ever. */
  readonly end: AbortSignal;
  readonly heartbeatMs?: number;
}

const HEARTBEAT_MS = 15_000;
const COMMENT = ': still here\n\n';

/** Sends events as they come; whoever reads slowly is written to slowly. */
export function sendEventStream(reply: FastifyReply, events: AsyncIterable<ServerEvent>, options: StreamOptions): void {
  const stream = Readable.from(textOf(events, options), { objectMode: false, highWaterMark: 64 * 1024 });
  void reply
    .status(200)
    .headers({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Asks nginx and its kin not to hold events back.
      'x-accel-buffering': 'no',
    })
    .send(stream);
}

/**
 * The stream as text, with a comment wherever nothing happened for a while. When the process stops it says so at last, in
 * an event without an id: whoever resumes goes on after the last one that had one.
 */
export async function* textOf(events: AsyncIterable<ServerEvent>, options: StreamOptions): AsyncGenerator<string> {
  const { end } = options;
  const iterator = events[Symbol.asyncIterator]();
  // Opens the stream: proxies and fetch() hand the answer on with its first byte.
  yield ': hello\n\n';
  let lastStatus = '{"status":"running"}';
  try {
    for (let next = iterator.next(); ;) {
      const met = await firstOf(next, end, options.heartbeatMs ?? HEARTBEAT_MS);
      if (met === 'end') return yield goodbye(lastStatus);
      if (met === 'quiet') yield COMMENT;
      else if (met.done) return;
      else {
        if (met.value.type === 'status') lastStatus = met.value.data;
        yield eventText(met.value);
        next = iterator.next();
      }
    }
  } finally {
    // Not awaited: it would wait behind the `next()` that may never come.
    iterator.return?.().catch(() => undefined);
  }
}

const RECONNECT_MS = 1000;

function goodbye(lastStatus: string): string {
  const { status } = JSON.parse(lastStatus) as { status?: unknown };
  const data = JSON.stringify({ status, reason: 'shutting-down', retryAfterMs: RECONNECT_MS });
  return `event: status\nretry: ${RECONNECT_MS}\ndata: ${data}\n\n`;
}

export function eventText({ id, type, data }: ServerEvent): string {
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `id: ${id}\nevent: ${type}\n${lines.join('')}\n`;
}

type Met = IteratorResult<ServerEvent> | 'quiet' | 'end';

function firstOf(next: Promise<IteratorResult<ServerEvent>>, end: AbortSignal, quietMs: number): Promise<Met> {
  if (end.aborted) {
    next.catch(() => undefined);
    return Promise.resolve('end');
  }
  return new Promise<Met>((resolve, reject) => {
    const settle = (work: () => void) => {
      clearTimeout(timer);
      end.removeEventListener('abort', stop);
      work();
    };
    const stop = () => settle(() => resolve('end'));
    const timer = setTimeout(() => settle(() => resolve('quiet')), quietMs);
    end.addEventListener('abort', stop, { once: true });
    next.then(
      (result) => settle(() => resolve(result)),
      (error: unknown) => settle(() => reject(error as Error)),
    );
  });
}
