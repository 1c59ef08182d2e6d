import { Readable } from 'node:stream';
import { Body, Controller, Delete, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { InvalidRequestError } from '@memori/errors';
import type { Principal } from '@memori/scope';
import { answerJson, Questions } from '@memori/text2sql';
import { Lifecycle } from '../health/lifecycle';
import { sendJsonText } from '../http/answers';
import { Caller, RequestId } from '../http/caller.decorator';
import { sendEventStream } from '../http/event-stream';
import { attachment } from '../http/attachment';
import { lostConnection } from '../http/lost-connection';
import { pageRequestOf } from '../http/page.dto';
import { withJsonItems } from '../http/spliced-json';
import { Endpoint } from '../openapi/endpoint.decorator';
import { withoutNulls } from '../openapi/fields';
import { ref, text } from '../openapi/schema';
import { FeedbackRequest, ListQuestionsQuery, RowsQuery, WaitQuery } from './question.dto';

const QuestionId = () => ApiParam({ name: 'id', description: 'The id of the question.', format: 'uuid' });
const RUNNING = [
  'sql-not-allowed',
  'sql-failed',
  'sql-timeout',
  'result-too-large',
  'data-source-unreachable',
  'data-source-credentials',
] as const;

@ApiTags('Questions')
@Controller('v1/questions')
export class QuestionsController {
  constructor(
    private readonly questions: Questions,
    private readonly lifecycle: Lifecycle,
  ) {}

  @Get()
  @Endpoint({
    id: 'listQuestions',
    summary: 'List your questions',
    description: 'The newest first, without their rows.',
    role: 'reader',
    answer: ref('QuestionPage'),
    problems: ['not-found', 'session-expired'],
  })
  list(@Caller() principal: Principal, @Query() query: ListQuestionsQuery) {
    return this.questions.list(principal, { sessionId: query.sessionId ?? undefined }, pageRequestOf(query));
  }

  @Get(':id')
  @QuestionId()
  @Endpoint({
    id: 'getQuestion',
    summary: 'Read a question and its answer',
    description:
      'As it stands, or as it ended within `wait` seconds. Always 200: a failure is the `error` in the answer.',
    role: 'reader',
    answer: ref('Answer'),
    problems: ['not-found'],
  })
  async get(
    @Caller() principal: Principal,
    @Param('id') id: string,
    @Query() query: WaitQuery,
    @Res() reply: FastifyReply,
  ) {
    const outcome = await this.questions.get(
      principal,
      id,
      (query.wait ?? 0) * 1000,
      lostConnection(reply, this.lifecycle.shutdown),
    );
    sendJsonText(reply, 200, answerJson(outcome));
  }

  @Delete(':id')
  @QuestionId()
  @Endpoint({
    id: 'cancelQuestion',
    summary: 'Cancel a question',
    description: 'Waiting or running, it is over at once. One that has ended stays as it is.',
    role: 'member',
    status: 204,
    problems: ['not-found'],
  })
  cancel(@Caller() principal: Principal, @Param('id') id: string, @RequestId() requestId: string) {
    return this.questions.cancel(principal, id, requestId);
  }

  @Get(':id/events')
  @QuestionId()
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'Goes on after this event.',
    schema: { type: 'integer' },
  })
  @Endpoint({
    id: 'followQuestion',
    summary: 'Follow a question',
    description:
      'Server-sent events from the durable log of the question: `status`, `delta`, `sql`, `rows` (at most 200 each), `done`, `error`. A comment every 15 s keeps the connection.',
    role: 'reader',
    answer: text('The events; the data of each is JSON.'),
    mediaTypes: ['text/event-stream'],
    problems: ['not-found'],
  })
  async events(
    @Caller() principal: Principal,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const end = lostConnection(reply, this.lifecycle.shutdown);
    const afterId = lastEventIdOf(request.headers['last-event-id']);
    const events = await this.questions.events(principal, id, afterId, { signal: end });
    sendEventStream(reply, events, { end });
  }

  @Get(':id/rows')
  @QuestionId()
  @Endpoint({
    id: 'getRows',
    summary: 'Read the rows of an answer',
    description:
      'As a stream. In XLSX no text is a formula, and numbers that Excel would round are texts. When they are no longer kept the SQL runs again under today’s permissions.',
    role: 'reader',
    answer: ref('ResultTable'),
    mediaTypes: [
      'application/json',
      'text/csv',
      'application/x-ndjson',
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    ],
    problems: ['not-found', ...RUNNING],
  })
  async rows(
    @Caller() principal: Principal,
    @Param('id') id: string,
    @Query() { format, bom }: RowsQuery,
    @RequestId() requestId: string,
    @Res() reply: FastifyReply,
  ) {
    const options = { requestId, signal: lostConnection(reply), bom: bom === 'true' };
    const { mediaType, fileName, title, chunks } = await this.questions.rows(principal, id, format ?? 'json', options);
    const headers = {
      'content-type': mediaType,
      'content-disposition': attachment(fileName, title),
      'cache-control': 'no-store',
    };
    void reply
      .status(200)
      .headers(headers)
      .send(Readable.from(chunks, { objectMode: false }));
  }

  @Get(':id/context')
  @QuestionId()
  @Endpoint({
    id: 'getContext',
    summary: 'Read what went into the prompt',
    description: 'With tokens and reasons, and what was left out. Empty when no prompt was made.',
    role: 'reader',
    answer: ref('QuestionContext'),
    problems: ['not-found'],
  })
  async context(@Caller() principal: Principal, @Param('id') id: string) {
    return (await this.questions.context(principal, id)) ?? { parts: [], leftOut: [], estimatedTokens: 0, limit: 0 };
  }

  @Post(':id/feedback')
  @QuestionId()
  @Endpoint({
    id: 'giveFeedback',
    summary: 'Judge an answer',
    description: 'Right or wrong; corrected SQL is checked, run and returned.',
    role: 'member',
    answer: ref('Feedback'),
    problems: ['not-found', ...RUNNING],
  })
  async feedback(
    @Caller() principal: Principal,
    @Param('id') id: string,
    @Body() body: FeedbackRequest,
    @RequestId() requestId: string,
    @Res() reply: FastifyReply,
  ) {
    const { corrected, ...noted } = await this.questions.feedback(principal, id, withoutNulls(body), requestId);
    sendJsonText(reply, 200, corrected ? withCorrected(noted, corrected) : JSON.stringify(noted));
  }
}

function lastEventIdOf(header: string | string[] | undefined): number {
  if (header === undefined || header === '') return 0;
  if (typeof header === 'string' && /^\d{1,9}$/.test(header)) return Number(header);
  throw new InvalidRequestError('The header Last-Event-ID must be the id of an event of this question.');
}

/** The rows of the corrected SQL travel as text, like all rows. */
function withCorrected(
  noted: object,
  { columns, rowCount, truncated, rows }: { columns: object; rowCount: number; truncated: boolean; rows: string[] },
): string {
  const corrected = withJsonItems({ columns, rowCount, truncated }, 'rows', rows);
  return `${JSON.stringify(noted).slice(0, -1)},"corrected":${corrected}}`;
}
