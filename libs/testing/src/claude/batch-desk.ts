import type { IncomingMessage, ServerResponse } from 'node:http';
import { Batches, batchJson, type BatchItemResult } from './batches';
import { ClaudeError } from './errors';
import { readJson } from './http-body';
import { messageJson, speak } from './message';
import type { Reply } from './reply';
import type { ClaudeRequest } from './request';
import { sendJson } from './respond';
import type { ValidRequest } from './validate';

/** What may happen to the next creation: an error, or a batch whose answer never arrives. */
export type BatchFault = ClaudeError | 'answer-lost';

const ROOT = '/v1/messages/batches';

/** The doors of message batches. */
export class BatchDesk {
  readonly faults: BatchFault[] = [];

  constructor(readonly batches: Batches) {}

  static isFor(path: string): boolean {
    return path === ROOT || path.startsWith(`${ROOT}/`);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    const origin = `http://${request.headers.host ?? ''}`;
    const [id = '', action] = url.pathname.slice(ROOT.length + 1).split('/');
    const { batches } = this;
    const show = (batch: ReturnType<Batches['get']>) => sendJson(response, 200, batchJson(batch, origin));
    switch (`${request.method} ${id ? 'one' : 'all'} ${action ?? ''}`.trim()) {
      case 'POST all':
        return this.create(await readJson(request), response, origin);
      case 'GET all': {
        const { data, hasMore } = batches.list(url.searchParams);
        const [first_id = null, last_id = null] = [data[0]?.id, data.at(-1)?.id];
        return sendJson(response, 200, {
          data: data.map((each) => batchJson(each, origin)),
          has_more: hasMore,
          first_id,
          last_id,
        });
      }
      case 'GET one':
        return show(batches.get(id));
      case 'GET one results':
        response.writeHead(200, { 'content-type': 'application/x-jsonl' });
        return void response.end(batches.results(id));
      case 'POST one cancel':
        return show(batches.cancel(id));
      case 'DELETE one':
        batches.delete(id);
        return sendJson(response, 200, { id, type: 'message_batch_deleted' });
      default:
        throw new ClaudeError(404, 'not_found_error', 'Not Found');
    }
  }

  private create(body: unknown, response: ServerResponse, origin: string): void {
    const fault = this.faults.shift();
    if (fault instanceof ClaudeError) throw fault;
    const batch = this.batches.create(body);
    if (fault === 'answer-lost') return void response.destroy();
    sendJson(response, 200, batchJson(batch, origin));
  }
}

/** One item by the reply that was ordered for it. Nothing streams here, so that what would hang or break fails instead. */
export function batchItemResult(valid: ValidRequest, request: ClaudeRequest, reply: Reply): BatchItemResult {
  if (typeof reply === 'function') return batchItemResult(valid, request, reply(request));
  switch (reply.kind) {
    case 'late':
    case 'held':
    case 'stalled':
      return batchItemResult(valid, request, reply.reply);
    case 'hang':
      return { type: 'expired' };
    case 'cut':
    case 'stalled':
      return errored(new ClaudeError(500, 'api_error', 'Internal server error'));
    case 'error':
      request.state = 'failed';
      return errored(reply.error);
    case 'fields':
    case 'text': {
      request.state = 'answered';
      const message = messageJson(speak(valid, reply, request.input));
      return { type: 'succeeded', message: { ...message, usage: { ...message.usage, service_tier: 'batch' } } };
    }
  }
}

export function errored(error: ClaudeError): BatchItemResult {
  return {
    type: 'errored',
    error: { type: 'error', error: { type: error.type, message: error.message }, request_id: null },
  };
}
