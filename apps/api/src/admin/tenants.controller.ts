import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '@memori/scope';
import { Tenants } from '@memori/security';
import { Caller, RequestId } from '../http/caller.decorator';
import { PageQuery, pageRequestOf } from '../http/page.dto';
import { Endpoint } from '../openapi/endpoint.decorator';
import { pageOf, ref } from '../openapi/schema';
import { CreateTenantRequest } from './admin.dto';

@ApiTags('Administration')
@Controller('v1/admin/tenants')
export class TenantsController {
  constructor(private readonly tenants: Tenants) {}

  @Post()
  @Endpoint({
    id: 'createTenant',
    summary: 'Make a tenant',
    description: 'An organisation whose data nobody else sees. For administrators of the tenant `default`; make its first key with `createApiKey`.',
    role: 'administrator',
    status: 201,
    answer: ref('Tenant'),
  })
  create(@Caller() principal: Principal, @Body() body: CreateTenantRequest, @RequestId() requestId: string) {
    return this.tenants.create(principal, body, requestId);
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
