import { Body, Controller, Delete, Get, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '@memori/scope';
import { VerifiedQueries } from '@memori/text2sql';
import { setLocation } from '../http/answers';
import { Caller, RequestId } from '../http/caller.decorator';
import { linesOf, sendLines } from '../http/lines';
import { pageRequestOf } from '../http/page.dto';
import { Endpoint } from '../openapi/endpoint.decorator';
import { pageOf, ref, text } from '../openapi/schema';
import { viewOf } from './verified-query.view';
import {
  ChangeVerifiedQueryRequest,
  CreateVerifiedQueryRequest,
  ListVerifiedQueriesQuery,
  OfDataSourceQuery,
} from './verified-query.dto';

const QueryId = () => ApiParam({ name: 'id', description: 'The id of the verified query.', format: 'uuid' });
const CHECKING = [
  'not-found',
  'sql-not-allowed',
  'sql-failed',
  'sql-timeout',
  'data-source-unreachable',
  'data-source-credentials',
] as const;

@ApiTags('Verified queries')
@Controller('v1/verified-queries')
export class VerifiedQueriesController {
  constructor(private readonly queries: VerifiedQueries) {}

  @Post()
  @Endpoint({
    id: 'createVerifiedQuery',
    summary: 'Vouch for the SQL of a question',
    description:
      'From then on the question is answered with this SQL, without a model. Values of blanks are bound, never spliced.',
    role: 'curator',
    status: 201,
    answer: ref('VerifiedQuery'),
    problems: ['conflict', ...CHECKING],
  })
  async create(
    @Caller() principal: Principal,
    @Body() body: CreateVerifiedQueryRequest,
    @RequestId() requestId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const made = await this.queries.create(principal, body, requestId);
    setLocation(reply, 'verified-queries', made.id);
    return viewOf(made);
  }

  @Get()
  @Endpoint({
    id: 'listVerifiedQueries',
    summary: 'List the verified queries',
    description: 'Of one data source.',
    role: 'reader',
    answer: pageOf('VerifiedQuery'),
    problems: ['not-found'],
  })
  async list(@Caller() principal: Principal, @Query() query: ListVerifiedQueriesQuery) {
    const { items, nextCursor } = await this.queries.list(principal, query.dataSourceId, pageRequestOf(query));
    return { items: items.map(viewOf), nextCursor };
  }

  @Patch(':id')
  @QueryId()
  @Endpoint({
    id: 'changeVerifiedQuery',
    summary: 'Change a verified query',
    description: 'A JSON merge patch. Any change is checked like a new query and makes a stale one verified again.',
    role: 'curator',
    answer: ref('VerifiedQuery'),
    problems: ['conflict', ...CHECKING],
  })
  async change(
    @Caller() principal: Principal,
    @Param('id') id: string,
    @Body() body: ChangeVerifiedQueryRequest,
    @RequestId() requestId: string,
  ) {
    return viewOf(await this.queries.update(principal, id, body, requestId));
  }

  @Delete(':id')
  @QueryId()
  @Endpoint({
    id: 'deleteVerifiedQuery',
    summary: 'Delete a verified query',
    description: 'The question is answered by the model again.',
    role: 'curator',
    status: 204,
    problems: ['not-found'],
  })
  delete(@Caller() principal: Principal, @Param('id') id: string, @RequestId() requestId: string) {
    return this.queries.delete(principal, id, requestId);
  }

  @Post('import')
  @RouteConfig({ takesLines: true })
  @ApiConsumes('application/x-ndjson')
  @ApiBody({ description: 'One JSON object a line, as `createVerifiedQuery` takes it.', schema: text('NDJSON.') })
  @Endpoint({
    id: 'importVerifiedQueries',
    summary: 'Import verified queries',
    description:
      'NDJSON, one query a line, each checked like a single one. A question that is there already gets the new SQL; lines that fail are told.',
    role: 'curator',
    answer: ref('ImportReport'),
    problems: ['not-found', 'request-too-large', 'data-source-unreachable'],
  })
  import(@Caller() principal: Principal, @Query() { dataSourceId }: OfDataSourceQuery, @Req() request: FastifyRequest) {
    return this.queries.importNdjson(principal, dataSourceId, linesOf(request), request.id);
  }

  @Get('export')
  @Endpoint({
    id: 'exportVerifiedQueries',
    summary: 'Export verified queries',
    description: 'NDJSON, as an import takes it.',
    role: 'curator',
    answer: text('NDJSON.'),
    mediaTypes: ['application/x-ndjson'],
    problems: ['not-found'],
  })
  export(
    @Caller() principal: Principal,
    @Query() { dataSourceId }: OfDataSourceQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return sendLines(reply, this.queries.exportNdjson(principal, dataSourceId));
  }
}
