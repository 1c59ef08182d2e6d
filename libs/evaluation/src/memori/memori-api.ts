import { setTimeout as sleep } from 'node:timers/promises';
import { InputError, type JsonResult } from '@memori/golds';

/** What a question came to. */
export interface AskedAnswer {
  readonly id: string | undefined;
  readonly status: string;
  readonly source?: string;
  readonly sql?: string;
  readonly result?: JsonResult & { readonly truncated: boolean };
  readonly error?: { readonly code: string; readonly detail: string };
  readonly model: string | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  /** From the asking to the whole answer, as the client saw it. */
  readonly ms: number;
}

export interface AskBody {
  readonly question: string;
  readonly dataSourceId: string;
  readonly sessionId: string;
  readonly maxRows?: number;
  readonly timeZone?: string;
}

export interface CallOptions {
  /** Acts for this user. */
  readonly user?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface CallResult {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** Nobody sits waiting (RFC 9218): people who ask there go first. */
const BEHIND_OTHERS = { priority: 'u=7' };

const WAIT_SECONDS = 60;
/** Times that a full line, or a limit that passes, is waited for. */
const MOST_TURNED_AWAY = 8;
const MOST_WAIT_MS = 30_000;

/** The calls of Memori's API that an evaluation needs. */
export class MemoriApi {
  /** `isShared`: others ask there as well, and are not to wait for an evaluation. */
  constructor(
    private readonly connection: { readonly url: string; readonly key: string },
    private readonly isShared = false,
  ) {}

  /** The parsed reply, whatever its status. */
  async call(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<CallResult> {
    const response = await this.send(method, path, body, options);
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parsed(text, response.status) };
  }

  /** The same; anything but success is an InputError that says what was refused. */
  async must(method: string, path: string, body?: unknown, options?: CallOptions): Promise<Record<string, unknown>> {
    const result = await this.call(method, path, body, options);
    if (result.status < 300) return result.body;
    throw new InputError(`Memori refused ${method} ${path}: ${problemOf(result)}`);
  }

  /** Opened for one question or dialogue; isolated ones neither learn from others nor teach them. */
  async openSession(body: { readonly isolated?: boolean; readonly namespace?: string }, options?: CallOptions) {
    return String((await this.must('POST', '/v1/sessions', body, options))['id']);
  }

  async ask(body: AskBody, options: CallOptions = {}): Promise<AskedAnswer> {
    const startedAt = performance.now();
    const wishes = { prefer: `wait=${WAIT_SECONDS}`, ...(this.isShared && BEHIND_OTHERS), ...options.headers };
    let result = await this.patiently(body, { ...options, headers: wishes });
    const id = textOf(result.body['id'] ?? result.body['questionId']);
    while (id !== undefined && (isOpen(result) || result.status >= 400))
      result = await this.call('GET', `/v1/questions/${id}?wait=${WAIT_SECONDS}`, undefined, options);
    const ms = performance.now() - startedAt;
    const answer = answerOf(result, id, ms);
    return answer.result ? { ...answer, result: await this.wholeRows(answer, result.body, options) } : answer;
  }

  /** A reply to a question keeps only its first rows when it was waited for: the others are read apart. */
  private async wholeRows({ id, result }: AskedAnswer, body: Record<string, unknown>, options: CallOptions) {
    if (!result || result.rows.length >= Number(body['rowCount'] ?? 0)) return result;
    const { rows } = await this.must('GET', `/v1/questions/${id}/rows?format=json`, undefined, options);
    return { ...result, rows: rows as unknown[][] };
  }

  private async patiently(body: AskBody, options: CallOptions): Promise<CallResult> {
    for (let turnedAway = 0; ; turnedAway++) {
      const result = await this.call('POST', '/v1/questions', body, options);
      const isTurnedAway = (result.status === 429 || result.status === 503) && result.body['questionId'] === undefined;
      const after = Number(result.headers.get('retry-after'));
      if (!isTurnedAway || !(after > 0) || turnedAway >= MOST_TURNED_AWAY) return result;
      await sleep(Math.min(MOST_WAIT_MS, after * 1000));
    }
  }

  private async send(method: string, path: string, body: unknown, { user, headers }: CallOptions): Promise<Response> {
    const { url, key } = this.connection;
    try {
      return await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(user !== undefined && { 'x-memori-user': encodeURIComponent(user) }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as { code?: string };
      throw new InputError(`Memori does not answer at ${url} (${code ?? 'no connection'}).`);
    }
  }
}

/** What a reply that is no success says, in one line. */
export function problemOf({ status, body }: Pick<CallResult, 'status' | 'body'>): string {
  return `${textOf(body['detail']) ?? 'no reason given'} (${textOf(body['code']) ?? status})`;
}

function isOpen({ body }: CallResult): boolean {
  return body['status'] === 'queued' || body['status'] === 'running';
}

function answerOf(result: CallResult, id: string | undefined, ms: number): AskedAnswer {
  const { status, body } = result;
  const problem = status >= 400 ? body : (body['error'] as Record<string, unknown> | undefined);
  const usage = (body['usage'] ?? {}) as Record<string, unknown>;
  const count = (name: string) => Number(usage[name] ?? 0);
  return {
    id,
    status: status >= 400 ? 'failed' : String(body['status']),
    source: textOf(body['source']),
    sql: textOf(body['sql']),
    ...(Array.isArray(body['columns']) && Array.isArray(body['rows']) && { result: resultOf(body) }),
    ...(problem && { error: { code: textOf(problem['code']) ?? '', detail: textOf(problem['detail']) ?? '' } }),
    model: textOf(usage['model']) ?? null,
    inputTokens: count('inputTokens') + count('cacheReadTokens') + count('cacheWriteTokens'),
    outputTokens: count('outputTokens'),
    costUsd: count('costUsd'),
    ms,
  };
}

function resultOf({ columns, rows, truncated }: Record<string, unknown>) {
  return { columns, rows, truncated: truncated === true } as JsonResult & { truncated: boolean };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function parsed(text: string, status: number): Record<string, unknown> {
  if (text === '') return {};
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    if (status === 204) return {};
    throw new InputError(`What answers there is not Memori: status ${status}.`);
  }
}
