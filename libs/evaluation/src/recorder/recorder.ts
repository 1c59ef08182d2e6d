import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { estimateInput, estimateTokens } from '@memori/llm';
import { dataSourceOf, type MessagesBody, purposeOf, questionOf, readMessagesBody } from './messages-body';
import { requestKey } from './request-key';
import { errorReply, type RawReply, type Said, streamOf } from './said';

/** A request of Memori to the model, and what it is about. */
export interface ModelRequest {
  readonly key: string;
  readonly purpose: string | undefined;
  readonly dataSource: string;
  readonly question: string;
  readonly body: MessagesBody;
  /** As sent, for one who passes it on. */
  readonly raw: { readonly body: string; readonly headers: Readonly<Record<string, string>> };
}

/** Stands in for the model: says something, hands on what a server answered, or has nothing to say to this key. */
export type Speaker = (request: ModelRequest) => Promise<Reply> | Reply;
export type Reply = Said | RawReply | 'not-recorded';

export interface Exchange {
  readonly request: ModelRequest;
  readonly isMissed: boolean;
}

/** A small server between Memori and the model that speaks the Messages API, keeps what was asked and lets a speaker answer. */
export class Recorder {
  private readonly server: Server;
  private readonly exchanges = new Map<string, Exchange[]>();

  private constructor(private readonly speak: Speaker) {
    this.server = createServer((request, response) => void this.serve(request, response));
    this.server.keepAliveTimeout = 65_000; // longer than the client keeps an idle connection: no reset under its feet
  }

  static async start(speak: Speaker): Promise<Recorder> {
    const recorder = new Recorder(speak);
    await new Promise<void>((resolve, reject) => {
      recorder.server.once('error', reject);
      recorder.server.listen(0, '127.0.0.1', resolve);
    });
    return recorder;
  }

  /** For MEMORI_ANTHROPIC_BASE_URL. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What was asked for this question since the last look, in order. */
  take(dataSource: string, question: string): Exchange[] {
    const place = placeOf(dataSource, question);
    const taken = this.exchanges.get(place) ?? [];
    this.exchanges.delete(place);
    return taken;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { status, headers, body } = await this.reply(request);
      response.writeHead(status, headers).end(body);
    } catch (error) {
      const { status, headers, body } = errorReply(400, 'invalid_request_error', (error as Error).message);
      response.writeHead(status, headers).end(body);
    }
  }

  private async reply(request: IncomingMessage): Promise<RawReply> {
    const text = await bodyOf(request);
    const body = readMessagesBody(text);
    if (!body) return errorReply(400, 'invalid_request_error', 'This is no request of Memori.');
    const { pathname } = new URL(request.url ?? '', 'http://recorder');
    if (pathname === '/v1/messages/count_tokens') return counted(body);
    if (pathname !== '/v1/messages') return errorReply(404, 'not_found_error', 'There is nothing here.');
    return this.answer({
      key: requestKey(body),
      purpose: purposeOf(body),
      dataSource: dataSourceOf(body),
      question: questionOf(body),
      body,
      raw: { body: text, headers: headersOf(request) },
    });
  }

  private async answer(request: ModelRequest): Promise<RawReply> {
    const reply = await this.speak(request);
    const isMissed = reply === 'not-recorded';
    const place = placeOf(request.dataSource, request.question);
    this.exchanges.set(place, [...(this.exchanges.get(place) ?? []), { request, isMissed }]);
    if (isMissed) return errorReply(400, 'invalid_request_error', `Nothing is recorded for ${request.key}.`);
    return 'status' in reply ? reply : streamOf(reply, request.body.model, estimateOf(request.body, reply.text));
  }
}

function placeOf(dataSource: string, question: string): string {
  return JSON.stringify([dataSource, question]);
}

/** About what the exchange would have come to, for one that was never billed. */
function estimateOf(body: MessagesBody, reply: string) {
  return { input_tokens: inputOf(body), output_tokens: Math.ceil(estimateTokens(reply, body.model)) };
}

function inputOf({ model, system, messages, output_config: output }: MessagesBody): number {
  return Math.ceil(estimateInput({ system, messages, schema: output?.format?.schema ?? { title: '' } }, model));
}

function counted(body: MessagesBody): RawReply {
  const headers = { 'content-type': 'application/json' };
  return { status: 200, headers, body: JSON.stringify({ input_tokens: inputOf(body) }) };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Those that the API reads; the connection's own stay behind. */
function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const wanted = /^(authorization|x-api-key|anthropic-.*|content-type|user-agent)$/;
  return Object.fromEntries(
    Object.entries(headers).filter(
      (entry): entry is [string, string] => wanted.test(entry[0]) && typeof entry[1] === 'string',
    ),
  );
}
