import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '@memori/scope';
import { Audit } from '@memori/security';
import { Caller } from '../http/caller.decorator';
import { PageQuery, pageRequestOf } from '../http/page.dto';
import { Endpoint } from '../openapi/endpoint.decorator';
import { pageOf } from '../openapi/schema';

@ApiTags('Administration')
@Controller('v1/admin/audit')
export class AuditController {
  constructor(private readonly audit: Audit) {}

  @Get()
  @Endpoint({
    id: 'listAudit',
    summary: 'Read the audit log',
    description: 'Who did what in this tenant, the newest first. The log is append-only.',
    role: 'administrator',
    answer: pageOf('AuditEntry'),
  })
  list(@Caller() principal: Principal, @Query() query: PageQuery) {
    return this.audit.list(principal, pageRequestOf(query));
  }
}
