import { Body, Controller, Delete, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes, ApiExtraModels, ApiParam, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Documents } from '@memori/memory';
import type { Principal } from '@memori/scope';
import { setLocation } from '../http/answers';
import { Caller } from '../http/caller.decorator';
import { pageRequestOf } from '../http/page.dto';
import { checked } from '../http/validating.pipe';
import { Endpoint } from '../openapi/endpoint.decorator';
import { pageOf, ref, text } from '../openapi/schema';
import { DocumentQuery, ImportDocumentRequest, ListDocumentsQuery } from './document.dto';

const BODY_LIMIT = 16 * 1024 * 1024;
const DocumentId = () => ApiParam({ name: 'id', description: 'The id of the document.', format: 'uuid' });

@ApiTags('Memories')
@ApiExtraModels(ImportDocumentRequest)
@Controller('v1/memories/documents')
export class DocumentsController {
  constructor(private readonly documents: Documents) {}

  @Post()
  @RouteConfig({ bodyLimit: BODY_LIMIT, takesText: true })
  @ApiConsumes('application/json', 'text/markdown', 'text/plain')
  @ApiBody({
    schema: {
      oneOf: [{ $ref: getSchemaPath(ImportDocumentRequest) }, text('The document itself; all else in the query.')],
    },
  })
  @Endpoint({
    id: 'importDocument',
    summary: 'Keep a document',
    description:
      'Markdown or plain text, cut at headings and paragraphs into memories with its source, date and trust. The same again changes nothing; what comes under a known `externalId` takes the place of what was there. For the whole tenant: curators alone.',
    role: 'member',
    status: 201,
    answer: ref('ImportedDocument'),
    problems: ['request-too-large'],
  })
  async put(
    @Caller() principal: Principal,
    @Req() request: FastifyRequest,
    @Query() query: DocumentQuery,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const given = typeof body === 'string' ? { ...fromQuery(query, request), content: body } : (body ?? {});
    const document = await this.documents.put(principal, await checked(ImportDocumentRequest, given));
    setLocation(reply, 'memories', 'documents', document.id);
    return document;
  }

  @Get()
  @Endpoint({
    id: 'listDocuments',
    summary: 'List the documents',
    description: 'Yours and those of the tenant, the newest first, without their text.',
    role: 'reader',
    answer: pageOf('Document'),
  })
  list(@Caller() principal: Principal, @Query() query: ListDocumentsQuery) {
    return this.documents.list(principal, { ...pageRequestOf(query), namespace: query.namespace });
  }

  @Get(':id')
  @DocumentId()
  @Endpoint({
    id: 'getDocument',
    summary: 'Read what is known of a document',
    description: 'Its text are its memories: list them with `documentId`.',
    role: 'reader',
    answer: ref('Document'),
    problems: ['not-found'],
  })
  get(@Caller() principal: Principal, @Param('id') id: string) {
    return this.documents.get(principal, id);
  }

  @Delete(':id')
  @DocumentId()
  @Endpoint({
    id: 'deleteDocument',
    summary: 'Delete a document',
    description: 'With all memories that it became, those that hold no longer too. None is found from this moment on.',
    role: 'member',
    status: 204,
    problems: ['not-found'],
  })
  delete(@Caller() principal: Principal, @Param('id') id: string) {
    return this.documents.delete(principal, id);
  }
}

/** Numbers stand in a query as texts, and what a text is its media type says. */
function fromQuery(query: DocumentQuery, request: FastifyRequest): object {
  const isMarkdown = request.headers['content-type']?.startsWith('text/markdown');
  const numbers = Object.fromEntries(
    (['trust', 'importance'] as const).flatMap((name) => (query[name] == null ? [] : [[name, Number(query[name])]])),
  );
  return { ...query, ...numbers, format: query.format ?? (isMarkdown ? 'markdown' : 'text') };
}
