import { Body, Controller, Delete, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Principal } from '@memori/scope';
import { ApiKeys } from '@memori/security';
import { setLocation } from '../http/answers';
import { Caller, RequestId } from '../http/caller.decorator';
import { pageRequestOf } from '../http/page.dto';
import { Endpoint } from '../openapi/endpoint.decorator';
import { pageOf, ref } from '../openapi/schema';
import { CreateApiKeyRequest, ListApiKeysQuery } from './admin.dto';

@ApiTags('Administration')
@Controller('v1/admin/api-keys')
export class ApiKeysController {
  constructor(private readonly apiKeys: ApiKeys) {}

  @Post()
  @Endpoint({
    id: 'createApiKey',
    summary: 'Make a key',
    description: 'The answer holds the key this once: it is stored as a hash.',
    role: 'administrator',
    status: 201,
    answer: ref('NewApiKey'),
    problems: ['not-found'],
  })
  async create(
    @Caller() principal: Principal,
    @Body() body: CreateApiKeyRequest,
    @RequestId() requestId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const made = await this.apiKeys.create(principal, body, requestId);
    setLocation(reply, 'admin', 'api-keys', made.id);
    void reply.header('cache-control', 'no-store');
    return made;
  }

  @Get()
  @Endpoint({
    id: 'listApiKeys',
    summary: 'List the keys',
    description: 'The keys of a tenant that were not revoked, each without the key itself.',
    role: 'administrator',
    answer: pageOf('ApiKey'),
    problems: ['not-found'],
  })
  list(@Caller() principal: Principal, @Query() query: ListApiKeysQuery) {
    return this.apiKeys.list(principal, pageRequestOf(query), query.tenantId);
  }

  @Delete(':id')
  @ApiParam({ name: 'id', description: 'The id of the key.', format: 'uuid' })
  @Endpoint({
    id: 'revokeApiKey',
    summary: 'Revoke a key',
    description: 'Ends the key at once, on every instance.',
    role: 'administrator',
    status: 204,
    problems: ['not-found'],
  })
  revoke(@Caller() principal: Principal, @Param('id') id: string, @RequestId() requestId: string) {
    return this.apiKeys.revoke(principal, id, requestId);
  }
}
