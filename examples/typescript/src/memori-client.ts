import { randomUUID } from 'node:crypto';
import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './memori-api';

export type Answer = components['schemas']['Answer'];
export type Problem = components['schemas']['Problem'];
export type AskRequest = components['schemas']['AskRequest'];

/** One event of a question's stream. */
export interface QuestionEvent {
  readonly id: string;
  readonly type: 'status' | 'delta' | 'sql' | 'rows' | 'done' | 'error';
  readonly data: unknown;
}

export interface MemoriOptions {
  readonly url: string;
  readonly key: string;
  /** How long to wait in all for room when Memori says 429 or 503, in milliseconds. */
  readonly patienceMs?: number;
  /** Waits; handed in, so that a test need not. */
  readonly sleep?: (ms: number) => Promise<void>;
}

/** What went wrong, in Memori's own words. Match on `problem.code`. */
export class MemoriError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
    this.name = 'MemoriError';
  }
}

/** Asks Memori and sees every question through to its end. */
export class MemoriClient {
  private readonly api: Client<paths>;

  constructor(private readonly options: MemoriOptions) {
    this.api = createClient<paths>({ baseUrl: options.url, headers: { authorization: `Bearer ${options.key}` } });
  }

  /** Asks, waits in the line when there is one, and comes again when there is no room: 200, 202, 429 and 503. */
  async ask(body: AskRequest): Promise<Answer> {
    // One key for all tries: whatever was lost on the way, the question is asked once.
    const headers = { 'Idempotency-Key': randomUUID(), Prefer: 'wait=30' };
    let patienceMs = this.options.patienceMs ?? 60_000;
    for (;;) {
      const { data, error, response } = await this.api.POST('/v1/questions', { body, params: { header: headers } });
      // Text would be a stream, which nobody asked for here.
      if (data && typeof data !== 'string') return response.status === 202 ? this.untilEnded(data) : data;
      const problem = error as Problem;
      const waitMs = retryAfterMs(response);
      if (!isPassing(problem) || waitMs > patienceMs) throw new MemoriError(problem);
      patienceMs -= waitMs;
      await this.sleep(waitMs);
    }
  }

  /** Answers a question back with one of its options. */
  choose(answer: Answer, option: number): Promise<Answer> {
    if (answer.status !== 'clarification') throw new Error(`The question ${answer.id} asks nothing back.`);
    return this.ask({ replyTo: answer.id, option });
  }

  /** Asks and tells what happens as it happens. */
  async *stream(body: AskRequest): AsyncGenerator<QuestionEvent> {
    const response = await fetch(`${this.options.url}/v1/questions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.options.key}`,
        'content-type': 'application/json',
        accept: 'text/event-stream',
      },
      body: JSON.stringify(body),
    });
    if (!response.ok || !response.body) throw new MemoriError((await response.json()) as Problem);
    yield* eventsOf(response.body);
  }

  /** A question in the line is read again and again; each read waits up to 30 s for its end. */
  private async untilEnded(answer: Answer): Promise<Answer> {
    let current = answer;
    while (current.status === 'queued' || current.status === 'running') {
      const { data, error } = await this.api.GET('/v1/questions/{id}', {
        params: { path: { id: current.id }, query: { wait: 30 } },
      });
      if (!data) throw new MemoriError(error as Problem);
      current = data;
    }
    if (current.status === 'failed') throw new MemoriError(current.error);
    return current;
  }

  private sleep(ms: number): Promise<void> {
    return this.options.sleep?.(ms) ?? new Promise((resolve) => setTimeout(resolve, ms));
  }
}

/** No room now, but soon: a spent budget or a model that nobody configured will not come back in a minute. */
function isPassing(problem: Problem): boolean {
  return (problem.status === 429 || problem.status === 503) && problem.retryable === true;
}

function retryAfterMs(response: Response): number {
  return Number(response.headers.get('retry-after') ?? '1') * 1000;
}

async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<QuestionEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = eventIn(block);
      if (event) yield event;
    }
  }
}

/** A block without data is a comment that keeps the connection open. */
function eventIn(block: string): QuestionEvent | undefined {
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  const data = fields.get('data');
  if (data === undefined) return undefined;
  return { id: fields.get('id') ?? '', type: fields.get('event') as QuestionEvent['type'], data: JSON.parse(data) };
}
