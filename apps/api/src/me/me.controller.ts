import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '@memori/scope';
import { Caller } from '../http/caller.decorator';
import { Endpoint } from '../openapi/endpoint.decorator';
import { ref } from '../openapi/schema';

@ApiTags('Me')
@Controller('v1/me')
export class MeController {
  @Get()
  @Endpoint({
    id: 'getMe',
    summary: 'Who the key speaks for',
    description: 'The tenant and user behind the key, or the user that it acts for, and what the key may do.',
    role: 'any',
    answer: ref('Me'),
  })
  get(@Caller() { tenantId, userId, roles, actedBy }: Principal) {
    return { tenantId, userId, roles, actedBy };
  }
}
