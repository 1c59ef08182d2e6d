import type { Connection } from './connection';
import type { Options } from './options';

/** The parts of an answer that the terminal shows. */
export interface Answer {
  readonly id: string;
  readonly status: 'queued' | 'running' | 'answered' | 'clarification' | 'refused' | 'failed' | 'cancelled';
  readonly source?: string;
  readonly sql?: string;
  readonly columns?: { name: string; type: string }[];
  readonly rows?: unknown[][];
  readonly rowCount?: number;
  readonly truncated?: boolean;
  readonly explanation?: string;
  readonly summary?: string;
  readonly assumptions?: string[];
  readonly clarification?: { question: string; options: string[] };
  readonly refusal?: { reason: string };
  readonly error?: { detail: string; code: string };
  readonly usage: {
    model: string | null;
    inputTokens: number;
    cacheReadTokens: number;
    cacheWriteTokens: number;
    outputTokens: number;
    costUsd: number;
  };
  readonly timings: { totalMs: number };
}

export interface Reply {
  readonly answer: Answer;
  /** As it came: numbers in it are unrounded. */
  readonly text: string;
}

const WAIT_SECONDS = 30;

/** Asks and waits to the end, however long the line is. `onWaiting` is told whenever the wait goes on. */
export async function ask(
  connection: Connection,
  options: Options,
  onWaiting: (answer: Answer) => void,
): Promise<Reply> {
  const body = {
    question: options.question,
    dataSourceId: options.dataSource,
    sessionId: options.session,
    language: options.language,
    timeZone: options.timeZone,
    maxRows: options.maxRows,
  };
  const headers = { 'content-type': 'application/json', prefer: `wait=${WAIT_SECONDS}` };
  let reply = await call(connection, '/v1/questions', { method: 'POST', headers, body: JSON.stringify(body) });
  while (reply.answer.status === 'queued' || reply.answer.status === 'running') {
    onWaiting(reply.answer);
    reply = await call(connection, `/v1/questions/${reply.answer.id}?wait=${WAIT_SECONDS}`, { method: 'GET' });
  }
  return reply;
}

async function call(
  { url, key }: Connection,
  path: string,
  init: { method: string; headers?: Record<string, string>; body?: string },
): Promise<Reply> {
  const response = await reach(url, path, { ...init, headers: { ...init.headers, authorization: `Bearer ${key}` } });
  const text = await response.text();
  if (!response.ok) throw new Error(problemText(response.status, text));
  return { answer: answerOf(response.status, text), text };
}

function answerOf(status: number, text: string): Answer {
  const answer = parsed(text) as Answer | undefined;
  if (answer?.status === undefined) throw new Error(notMemori(status));
  return answer;
}

async function reach(url: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`${url}${path}`, init);
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as { code?: string };
    throw new Error(
      `Memori does not answer at ${url} (${code ?? 'no connection'}). Start it with "npm start", or name another place with --url.`,
    );
  }
}

interface Problem {
  readonly detail?: string;
  readonly code?: string;
  readonly errors?: readonly { pointer: string; message: string }[];
}

function problemText(status: number, text: string): string {
  const problem = parsed(text) as Problem | undefined;
  if (!problem) return notMemori(status);
  const { detail = 'It failed.', code, errors = [] } = problem;
  // With a single fault the detail says it all.
  const further = errors.filter(({ message }) => !detail.includes(message));
  const places = further.map(({ pointer, message }) => `\n  ${pointer || 'the request'} ${message}`).join('');
  return `${detail} (${code ?? status})${places}`;
}

function notMemori(status: number): string {
  return `What answers there is not Memori: status ${status}.`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
