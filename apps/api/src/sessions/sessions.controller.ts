import { Body, Controller, Delete, Get, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { NotFoundError } from '@memori/errors';
import { Memories, SessionSummaries } from '@memori/memory';
import type { Principal } from '@memori/scope';
import { type SessionRecord, Sessions } from '@memori/session';
import { setLocation } from '../http/answers';
import { Caller } from '../http/caller.decorator';
import { sendLines, withLineEnds } from '../http/lines';
import { PageQuery, pageRequestOf } from '../http/page.dto';
import { Endpoint } from '../openapi/endpoint.decorator';
import { pageOf, ref, text } from '../openapi/schema';
import { ChangeSessionRequest, OpenSessionRequest } from './session.dto';

const SessionId = () => ApiParam({ name: 'id', description: 'The id of the session, or `ext:` and its `externalId`.' });

@ApiTags('Sessions')
@Controller('v1/sessions')
export class SessionsController {
  constructor(
    private readonly sessions: Sessions,
    private readonly summaries: SessionSummaries,
    private readonly memories: Memories,
  ) {}

  @Post()
  @Endpoint({
    id: 'openSession',
    summary: 'Open a session',
    description:
      'A question opens one by itself; open one yourself to name it, to isolate it or to fill it with turns.',
    role: 'member',
    status: 201,
    answer: ref('Session'),
    problems: ['conflict'],
  })
  async open(
    @Caller() principal: Principal,
    @Body() body: OpenSessionRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const session = await this.sessions.open(principal, body);
    setLocation(reply, 'sessions', session.id);
    return viewOf(session);
  }

  @Get()
  @Endpoint({
    id: 'listSessions',
    summary: 'List your sessions',
    description: 'The sessions of the user that have not expired, the newest first.',
    role: 'reader',
    answer: pageOf('Session'),
  })
  async list(@Caller() principal: Principal, @Query() query: PageQuery) {
    const { items, nextCursor } = await this.sessions.list(principal, pageRequestOf(query));
    return { items: items.map(viewOf), nextCursor };
  }

  @Get(':id')
  @SessionId()
  @Endpoint({
    id: 'getSession',
    summary: 'Read a session',
    description: 'The session without its turns.',
    role: 'reader',
    answer: ref('Session'),
    problems: ['not-found', 'session-expired'],
  })
  async get(@Caller() principal: Principal, @Param('id') id: string) {
    return viewOf(await this.sessions.get(principal, id));
  }

  @Patch(':id')
  @SessionId()
  @Endpoint({
    id: 'changeSession',
    summary: 'Change a session',
    description: 'A JSON merge patch: absent stays, null gives the default back.',
    role: 'member',
    answer: ref('Session'),
    problems: ['not-found', 'session-expired'],
  })
  async change(@Caller() principal: Principal, @Param('id') id: string, @Body() body: ChangeSessionRequest) {
    return viewOf(await this.sessions.update(principal, id, body));
  }

  @Delete(':id')
  @SessionId()
  @Endpoint({
    id: 'deleteSession',
    summary: 'Delete a session',
    description: 'With its turns, its questions and the rows that are kept with them.',
    role: 'member',
    status: 204,
    problems: ['not-found'],
  })
  delete(@Caller() principal: Principal, @Param('id') id: string) {
    return this.sessions.delete(principal, id);
  }

  @Get(':id/summary')
  @SessionId()
  @Endpoint({
    id: 'getSessionSummary',
    summary: 'Read what was said long ago in a session',
    description: 'In short, with the turns that it goes back to. A session of less than 28 turns has none.',
    role: 'reader',
    answer: ref('SessionSummary'),
    problems: ['not-found', 'session-expired'],
  })
  async summary(@Caller() principal: Principal, @Param('id') id: string) {
    const session = await this.sessions.get(principal, id);
    const summary = await this.summaries.find(session, session.id);
    if (!summary) throw new NotFoundError('summary of the session', id);
    return summary;
  }

  @Get(':id/export')
  @SessionId()
  @Endpoint({
    id: 'exportSession',
    summary: 'Take a session with you',
    description:
      'The session, its turns, its summary and the facts that it alone taught, one JSON text a line, as `importMemories` takes them. An expired one too.',
    role: 'member',
    answer: text('NDJSON.'),
    mediaTypes: ['application/x-ndjson'],
    problems: ['not-found'],
  })
  export(@Caller() principal: Principal, @Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply) {
    return sendLines(reply, withLineEnds(this.memories.exportSession(principal, id)));
  }

  @Post(':id/archive')
  @SessionId()
  @Endpoint({
    id: 'archiveSession',
    summary: 'Archive a session',
    description: 'It can be read and takes no new turns until it is restored.',
    role: 'member',
    answer: ref('Session'),
    problems: ['not-found', 'session-expired'],
  })
  async archive(@Caller() principal: Principal, @Param('id') id: string) {
    return viewOf(await this.sessions.archive(principal, id));
  }

  @Post(':id/restore')
  @SessionId()
  @Endpoint({
    id: 'restoreSession',
    summary: 'Restore a session',
    description: 'Takes a session back from the archive.',
    role: 'member',
    answer: ref('Session'),
    problems: ['not-found', 'session-expired'],
  })
  async restore(@Caller() principal: Principal, @Param('id') id: string) {
    return viewOf(await this.sessions.restore(principal, id));
  }
}

/** Each field that goes out. */
function viewOf(session: SessionRecord) {
  const {
    id,
    tenantId,
    userId,
    externalId,
    namespace,
    title,
    isolated,
    ttlSeconds,
    createdAt,
    lastActiveAt,
    expiresAt,
    archivedAt,
  } = session;
  return {
    id,
    tenantId,
    userId,
    externalId,
    namespace,
    title,
    isolated,
    ttlSeconds,
    createdAt,
    lastActiveAt,
    expiresAt,
    archivedAt,
  };
}
