import { Body, Controller, Delete, Get, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '@memori/scope';
import { Glossary, type GlossaryEntry } from '@memori/text2sql';
import { setLocation } from '../http/answers';
import { Caller, RequestId } from '../http/caller.decorator';
import { linesOf, sendLines } from '../http/lines';
import { pageRequestOf } from '../http/page.dto';
import { Endpoint } from '../openapi/endpoint.decorator';
import { pageOf, ref, text } from '../openapi/schema';
import { ChangeGlossaryEntryRequest, CreateGlossaryEntryRequest, ListGlossaryQuery } from './glossary.dto';

const DataSourceId = () => ApiParam({ name: 'id', description: 'The id or the name of the data source.' });
const EntryId = () => ApiParam({ name: 'entryId', description: 'The id of the entry.', format: 'uuid' });
const CHECKING = [
  'not-found',
  'conflict',
  'sql-not-allowed',
  'sql-failed',
  'sql-timeout',
  'data-source-unreachable',
  'data-source-credentials',
] as const;

@ApiTags('Glossary')
@Controller('v1/data-sources/:id/glossary')
export class GlossaryController {
  constructor(private readonly glossary: Glossary) {}

  @Post()
  @DataSourceId()
  @Endpoint({
    id: 'createGlossaryEntry',
    summary: 'Explain a word, a metric or a rule',
    description:
      'The model is told of a term or a metric where a question or its session mentions its name or a synonym, and of rules always. The guard checks the SQL of a metric now and at each synchronisation.',
    role: 'curator',
    status: 201,
    answer: ref('GlossaryEntry'),
    problems: CHECKING,
  })
  async create(
    @Caller() principal: Principal,
    @Param('id') id: string,
    @Body() body: CreateGlossaryEntryRequest,
    @RequestId() requestId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const made = await this.glossary.create(principal, id, body, requestId);
    setLocation(reply, 'data-sources', made.dataSourceId, 'glossary', made.id);
    return viewOf(made);
  }

  @Get()
  @DataSourceId()
  @Endpoint({
    id: 'listGlossary',
    summary: 'List the glossary of a data source',
    description: 'The oldest entry first.',
    role: 'reader',
    answer: pageOf('GlossaryEntry'),
    problems: ['not-found'],
  })
  async list(@Caller() principal: Principal, @Param('id') id: string, @Query() query: ListGlossaryQuery) {
    const { items, nextCursor } = await this.glossary.list(principal, id, query, pageRequestOf(query));
    return { items: items.map(viewOf), nextCursor };
  }

  @Post('import')
  @DataSourceId()
  @RouteConfig({ takesLines: true })
  @ApiConsumes('application/x-ndjson')
  @ApiBody({ description: 'One JSON object a line, as `createGlossaryEntry` takes it.', schema: text('NDJSON.') })
  @Endpoint({
    id: 'importGlossary',
    summary: 'Import a glossary',
    description:
      'NDJSON, one entry a line, each checked like a single one. An entry of that kind and name gets the new content, the same content changes nothing; lines that fail are told and change nothing.',
    role: 'curator',
    answer: ref('ImportReport'),
    problems: ['not-found', 'request-too-large', 'data-source-unreachable'],
  })
  import(@Caller() principal: Principal, @Param('id') id: string, @Req() request: FastifyRequest) {
    return this.glossary.importNdjson(principal, id, linesOf(request), request.id);
  }

  @Get('export')
  @DataSourceId()
  @Endpoint({
    id: 'exportGlossary',
    summary: 'Export a glossary',
    description: 'NDJSON, as an import takes it.',
    role: 'curator',
    answer: text('NDJSON.'),
    mediaTypes: ['application/x-ndjson'],
    problems: ['not-found'],
  })
  export(@Caller() principal: Principal, @Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply) {
    return sendLines(reply, this.glossary.exportNdjson(principal, id));
  }

  @Get(':entryId')
  @DataSourceId()
  @EntryId()
  @Endpoint({
    id: 'getGlossaryEntry',
    summary: 'Read an entry of a glossary',
    description: 'With the status that its last check gave it.',
    role: 'reader',
    answer: ref('GlossaryEntry'),
    problems: ['not-found'],
  })
  async get(@Caller() principal: Principal, @Param('id') id: string, @Param('entryId') entryId: string) {
    return viewOf(await this.glossary.get(principal, id, entryId));
  }

  @Patch(':entryId')
  @DataSourceId()
  @EntryId()
  @Endpoint({
    id: 'changeGlossaryEntry',
    summary: 'Change an entry of a glossary',
    description: 'A JSON merge patch: absent stays, null empties. Any change is checked like a new entry.',
    role: 'curator',
    answer: ref('GlossaryEntry'),
    problems: CHECKING,
  })
  async change(
    @Caller() principal: Principal,
    @Param('id') id: string,
    @Param('entryId') entryId: string,
    @Body() body: ChangeGlossaryEntryRequest,
    @RequestId() requestId: string,
  ) {
    return viewOf(await this.glossary.update(principal, id, entryId, body, requestId));
  }

  @Delete(':entryId')
  @DataSourceId()
  @EntryId()
  @Endpoint({
    id: 'deleteGlossaryEntry',
    summary: 'Delete an entry of a glossary',
    description: 'The next question does without it.',
    role: 'curator',
    status: 204,
    problems: ['not-found'],
  })
  delete(
    @Caller() principal: Principal,
    @Param('id') id: string,
    @Param('entryId') entryId: string,
    @RequestId() requestId: string,
  ) {
    return this.glossary.delete(principal, id, entryId, requestId);
  }
}

/** Each field that goes out. */
function viewOf(entry: GlossaryEntry) {
  const { id, dataSourceId, kind, name, synonyms, definition, expression, from, status } = entry;
  const { createdBy, createdAt, updatedAt } = entry;
  return {
    id,
    dataSourceId,
    kind,
    name,
    synonyms,
    definition,
    expression,
    from,
    status,
    createdBy,
    createdAt,
    updatedAt,
  };
}
