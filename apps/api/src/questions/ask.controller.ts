import { Body, Controller, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '@memori/scope';
import { type AskOutcome, Questions } from '@memori/text2sql';
import { Lifecycle } from '../health/lifecycle';
import { Caller } from '../http/caller.decorator';
import { sendEventStream } from '../http/event-stream';
import { idempotencyKeyOf } from '../http/idempotency-key';
import { lostConnection } from '../http/lost-connection';
import { preferenceOf } from '../http/prefer';
import { isBackground } from '../http/priority';
import { Endpoint } from '../openapi/endpoint.decorator';
import { withoutNulls } from '../openapi/fields';
import { ref, text } from '../openapi/schema';
import { sendOutcome } from './answer-reply';
import { ASK_EXAMPLES, AskRequest } from './ask.dto';
import { ASK_PROBLEMS } from './question-problems';

const header = (name: string, description: string) =>
  ApiHeader({ name, required: false, description, schema: { type: 'string' } });

@ApiTags('Questions')
@Controller('v1/questions')
export class AskController {
  constructor(
    private readonly questions: Questions,
    private readonly lifecycle: Lifecycle,
  ) {}

  @Post()
  @ApiBody({ type: AskRequest, examples: ASK_EXAMPLES })
  @header('Prefer', '`respond-async`: answer 202 at once. `wait=SECONDS`: wait so long, 30 by default and 120 at most.')
  @header(
    'Priority',
    '`u=7` (RFC 9218): nobody sits waiting for it, as in an evaluation. It goes after all questions that somebody waits for.',
  )
  @header(
    'Idempotency-Key',
    'Percent-encoded UTF-8: the same key with the same body gives the same answer for 24 hours.',
  )
  @ApiResponse({
    status: 202,
    description: 'It is not answered yet: read it at `Location`, follow its events, or cancel it.',
    headers: {
      Location: { description: 'Where the question is.', schema: { type: 'string' } },
      'Retry-After': { description: 'When to look, in seconds.', schema: { type: 'integer' } },
    },
    content: { 'application/json': { schema: ref('Answer') } },
  })
  @ApiResponse({
    status: 200,
    description: 'Answered, refused, or a question back; with `Accept: text/event-stream` the events as they come.',
    headers: {
      'X-Request-Id': { description: 'The id of the request, in the log too.', schema: { type: 'string' } },
      'Idempotency-Replayed': { description: '`true` when the key was seen before.', schema: { type: 'string' } },
    },
    content: {
      'application/json': { schema: ref('Answer') },
      'text/event-stream': {
        schema: text('Events `status`, `delta`, `sql`, `rows`, `done`, `error`; the data of each is JSON.'),
      },
    },
  })
  @Endpoint({
    id: 'ask',
    summary: 'Ask a question',
    description:
      'Plain words in; checked SQL, its rows and an explanation out. A verified query answers without a model.',
    role: 'member',
    problems: ASK_PROBLEMS,
  })
  async ask(
    @Caller() principal: Principal,
    @Body() body: AskRequest,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { isAsync, waitMs } = preferenceOf(request.headers.prefer);
    const idempotencyKey = idempotencyKeyOf(request.headers['idempotency-key']);
    const signal = lostConnection(reply);
    const streams = wantsStream(request);
    const outcome = await this.questions.ask(principal, withoutNulls(body), {
      idempotencyKey,
      waitMs: streams ? 0 : waitMs,
      requestId: request.id,
      respondAsync: isAsync,
      background: isBackground(request.headers.priority),
      streams: streams || isAsync,
      signal,
    });
    // A quote has no events: it is there at once.
    if (!streams || outcome.answer.quote) return sendOutcome(request, reply, outcome);
    const mayCancel = idempotencyKey === undefined && !isAsync;
    await this.stream(principal, reply, outcome, { signal, mayCancel });
  }

  private async stream(
    principal: Principal,
    reply: FastifyReply,
    { answer, replayed }: AskOutcome,
    { signal, mayCancel }: { signal: AbortSignal; mayCancel: boolean },
  ): Promise<void> {
    if (mayCancel) {
      const abandon = () => void this.questions.abandon(principal, answer.id).catch(() => undefined);
      if (signal.aborted) abandon();
      else signal.addEventListener('abort', abandon, { once: true });
    }
    if (replayed) void reply.header('idempotency-replayed', 'true');
    const events = await this.questions.events(principal, answer.id, 0, { signal, asAsker: !replayed });
    void reply.header('content-location', `/v1/questions/${answer.id}`);
    sendEventStream(reply, events, { end: lostConnection(reply, this.lifecycle.shutdown) });
  }
}

function wantsStream(request: FastifyRequest): boolean {
  return /(^|,)\s*text\/event-stream\s*(;|,|$)/i.test(request.headers.accept ?? '');
}
