import { Body, Controller, Get, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Principal } from '@memori/scope';
import { Tenants } from '@memori/security';
import { setLocation } from '../http/answers';
import { Caller, RequestId } from '../http/caller.decorator';
import { PageQuery, pageRequestOf } from '../http/page.dto';
import { Endpoint } from '../openapi/endpoint.decorator';
import { pageOf, ref } from '../openapi/schema';
import { ChangeTenantRequest, CreateTenantRequest } from './admin.dto';

@ApiTags('Administration')
@Controller('v1/admin/tenants')
export class TenantsController {
  constructor(private readonly tenants: Tenants) {}

  @Post()
  @Endpoint({
    id: 'createTenant',
    summary: 'Make a tenant',
    description:
      'An organisation whose data nobody else sees. For administrators of the tenant `default`; make its first key with `createApiKey`.',
    role: 'administrator',
    status: 201,
    answer: ref('Tenant'),
  })
  async create(
    @Caller() principal: Principal,
    @Body() body: CreateTenantRequest,
    @RequestId() requestId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const made = await this.tenants.create(principal, body, requestId);
    setLocation(reply, 'admin', 'tenants', made.id);
    return made;
  }

  @Get(':id')
  @ApiParam({ name: 'id', description: 'The id of the tenant.' })
  @Endpoint({
    id: 'getTenant',
    summary: 'Read a tenant',
    description: 'One tenant of the installation. For administrators of the tenant `default`.',
    role: 'administrator',
    answer: ref('Tenant'),
    problems: ['not-found'],
  })
  get(@Caller() principal: Principal, @Param('id') id: string) {
    return this.tenants.get(principal, id);
  }

  @Patch(':id')
  @ApiParam({ name: 'id', description: 'The id of the tenant; `default` is your own.' })
  @Endpoint({
    id: 'changeTenant',
    summary: 'Change a tenant',
    description:
      'A JSON merge patch: absent stays, null gives the default back. With another time zone the days and months of its budgets begin elsewhere from the next call on. For administrators of the tenant `default`.',
    role: 'administrator',
    answer: ref('Tenant'),
    problems: ['not-found'],
  })
  change(
    @Caller() principal: Principal,
    @Param('id') id: string,
    @Body() body: ChangeTenantRequest,
    @RequestId() requestId: string,
  ) {
    return this.tenants.change(principal, id, body, requestId);
  }

  @Get()
  @Endpoint({
    id: 'listTenants',
    summary: 'List the tenants',
    description: 'All tenants of the installation. For administrators of the tenant `default`.',
    role: 'administrator',
    answer: pageOf('Tenant'),
  })
  list(@Caller() principal: Principal, @Query() query: PageQuery) {
    return this.tenants.list(principal, pageRequestOf(query));
  }
}
