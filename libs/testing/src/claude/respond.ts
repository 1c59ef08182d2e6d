import type { ServerResponse } from 'node:http';
import type { ClaudeError } from './errors';
import { messageJson, speak } from './message';
import type { InputUsage } from './prompt-cache';
import type { Reply } from './reply';
import type { ClaudeRequest } from './request';
import { errorEvent, streamEvents } from './stream';
import type { ValidRequest } from './validate';

export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

export interface Exchange {
  readonly valid: ValidRequest;
  readonly request: ClaudeRequest;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly input: InputUsage;
  /** Fires when the client went away or the fake stops. */
  readonly gone: AbortSignal;
  readonly sleep: Sleep;
  /** Called when the answer begins, with the tokens that it will have. */
  readonly begins: (outputTokens: number) => void;
}

interface Cut {
  readonly afterBytes: number;
  readonly error?: ClaudeError;
  /** The rest follows when this is fulfilled; without it the connection breaks. */
  readonly resumes?: Promise<void>;
}

/** Carries out one reply on the wire. */
export async function respond(exchange: Exchange, reply: Reply, cut?: Cut): Promise<void> {
  if (typeof reply === 'function') return respond(exchange, reply(exchange.request), cut);
  switch (reply.kind) {
    case 'late':
      if (reply.ms > 0) await exchange.sleep(reply.ms, exchange.gone);
      return respond(exchange, reply.reply, cut);
    case 'held':
      await Promise.race([reply.until, whenAborted(exchange.gone)]);
      return exchange.gone.aborted ? undefined : respond(exchange, reply.reply, cut);
    case 'hang':
      return whenAborted(exchange.gone);
    case 'cut':
      return respond(exchange, reply.reply, reply);
    case 'stalled':
      return respond(exchange, reply.reply, { ...reply, resumes: reply.until ?? whenAborted(exchange.gone) });
    case 'error':
      exchange.request.state = 'failed';
      exchange.request.endedAtMs = performance.now();
      return sendError(exchange.response, reply.error, exchange.requestId);
    case 'fields':
    case 'text':
      return exchange.gone.aborted ? undefined : send(exchange, reply, cut);
  }
}

export function sendError(response: ServerResponse, error: ClaudeError, requestId: string): void {
  sendJson(response, error.status, error.body(requestId), error.headers);
}

export function sendJson(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}) {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

function send(
  exchange: Exchange,
  reply: Extract<Reply, { kind: 'fields' | 'text' }>,
  cut: Cut | undefined,
): void | Promise<void> {
  const spoken = speak(exchange.valid, reply, exchange.input);
  exchange.begins(spoken.outputTokens);
  const { response } = exchange;
  if (!exchange.valid.stream) {
    if (cut) return breakOff(exchange, JSON.stringify(messageJson(spoken)), cut);
    answered(exchange, spoken.outputTokens);
    return sendJson(response, 200, messageJson(spoken));
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  const events = [...streamEvents(spoken)];
  if (cut && cut.afterBytes >= Buffer.byteLength(events[0] ?? '')) exchange.request.told = { input: exchange.input };
  if (cut?.resumes) return stall(exchange, events.join(''), cut.afterBytes, cut.resumes, spoken.outputTokens);
  if (cut) return breakOff(exchange, events.join(''), cut);
  for (const event of events) response.write(event);
  answered(exchange, spoken.outputTokens);
  response.end();
}

/** Writes down what the client has been told by now. */
function answered({ request, input }: Exchange, outputTokens: number): void {
  request.told = { input, outputTokens };
  request.state = 'answered';
  request.endedAtMs = performance.now();
}

/** Sends the events of the first bytes, and the others when it may. */
async function stall(
  exchange: Exchange,
  body: string,
  afterBytes: number,
  resumes: Promise<void>,
  outputTokens: number,
): Promise<void> {
  const { response, gone } = exchange;
  const bytes = Buffer.from(body);
  const stop = bytes.subarray(0, afterBytes).lastIndexOf('\n\n') + 2;
  response.write(bytes.subarray(0, stop));
  await Promise.race([resumes, whenAborted(gone)]);
  if (gone.aborted) return;
  answered(exchange, outputTokens);
  response.end(bytes.subarray(stop));
}

/** Sends a part of the body, then an `error` event or a broken connection. */
function breakOff(exchange: Exchange, body: string, cut: Cut): void {
  const { response, requestId } = exchange;
  exchange.request.state = 'failed';
  exchange.request.endedAtMs = performance.now();
  const part = Buffer.from(body).subarray(0, cut.afterBytes);
  if (cut.error && exchange.valid.stream) {
    const whole = part.subarray(0, part.lastIndexOf('\n\n') + 2); // an error comes between events, never inside one
    response.write(whole);
    response.end(errorEvent(cut.error.body(requestId)));
    return;
  }
  if (!response.headersSent)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.write(part, () => response.destroy());
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
