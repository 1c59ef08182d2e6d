import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { MemorySettings } from '@memori/memory';
import type { Principal } from '@memori/scope';
import { Caller } from '../http/caller.decorator';
import { Endpoint } from '../openapi/endpoint.decorator';
import { ref } from '../openapi/schema';
import { ChangeMemorySettingsRequest } from './admin.dto';

@ApiTags('Administration')
@Controller('v1/admin/memory')
export class MemorySettingsController {
  constructor(private readonly settings: MemorySettings) {}

  @Get()
  @Endpoint({
    id: 'getMemorySettings',
    summary: 'Read how memory works for the tenant',
    description:
      'Whether facts are drawn, what stands in every prompt, and whether memories are recalled for a question.',
    role: 'administrator',
    answer: ref('MemorySettings'),
  })
  get(@Caller() principal: Principal) {
    return this.settings.read(principal);
  }

  @Patch()
  @Endpoint({
    id: 'changeMemorySettings',
    summary: 'Change how memory works for the tenant',
    description: 'A JSON merge patch: absent stays, null gives the default back. Holds for every question from now on.',
    role: 'administrator',
    answer: ref('MemorySettings'),
  })
  change(@Caller() principal: Principal, @Body() body: ChangeMemorySettingsRequest) {
    return this.settings.change(principal, body);
  }
}
