import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiParam, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { InvalidRequestError } from '@memori/errors';
import type { Principal } from '@memori/scope';
import { MAX_TURNS_AT_ONCE, Sessions } from '@memori/session';
import { setLocation } from '../http/answers';
import { Caller } from '../http/caller.decorator';
import { PageQuery, pageRequestOf } from '../http/page.dto';
import { checked } from '../http/validating.pipe';
import { Endpoint } from '../openapi/endpoint.decorator';
import { pageOf, ref } from '../openapi/schema';
import { TurnRequest } from './session.dto';

const BODY_LIMIT = 16 * 1024 * 1024;
const turnSchema = { $ref: getSchemaPath(TurnRequest) };

@ApiTags('Sessions')
@ApiExtraModels(TurnRequest)
@Controller('v1/sessions/:id/turns')
export class TurnsController {
  constructor(private readonly sessions: Sessions) {}

  @Post()
  @RouteConfig({ bodyLimit: BODY_LIMIT })
  @ApiParam({
    name: 'id',
    description: 'The id of the session, or `ext:` and its `externalId`, which is opened when unknown.',
  })
  @ApiBody({
    schema: { oneOf: [turnSchema, { type: 'array', items: turnSchema, minItems: 1, maxItems: MAX_TURNS_AT_ONCE }] },
  })
  @Endpoint({
    id: 'addTurns',
    summary: 'Add turns to a session',
    description:
      'One turn or an array of up to 1,000, all or none, stored in their order. A turn whose `externalId` the session holds already is not stored again.',
    role: 'member',
    status: 201,
    answer: ref('RecordedTurns'),
    problems: ['not-found', 'session-expired', 'conflict', 'request-too-large'],
  })
  async add(
    @Caller() principal: Principal,
    @Param('id') id: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const single = !Array.isArray(body);
    const turns = single ? [await checked(TurnRequest, body ?? {})] : await checkedTurns(body);
    const items = await this.sessions.addTurns(principal, id, turns, { single });
    setLocation(reply, 'sessions', id, 'turns');
    return { items };
  }

  @Get()
  @ApiParam({ name: 'id', description: 'The id of the session, or `ext:` and its `externalId`.' })
  @Endpoint({
    id: 'listTurns',
    summary: 'Read what was said',
    description: 'The turns of the session in their order.',
    role: 'reader',
    answer: pageOf('Turn'),
    problems: ['not-found', 'session-expired'],
  })
  list(@Caller() principal: Principal, @Param('id') id: string, @Query() query: PageQuery) {
    return this.sessions.turns(principal, id, pageRequestOf(query));
  }
}

async function checkedTurns(body: unknown[]): Promise<TurnRequest[]> {
  if (body.length > MAX_TURNS_AT_ONCE) {
    const message = `must hold at most ${MAX_TURNS_AT_ONCE} turns`;
    throw new InvalidRequestError(`The body ${message}.`, [{ pointer: '', message }]);
  }
  return Promise.all(body.map((turn, index) => checked(TurnRequest, turn, [String(index)])));
}
