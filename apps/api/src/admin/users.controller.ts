import { Controller, Delete, Param } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import { Memories } from '@memori/memory';
import type { Principal } from '@memori/scope';
import { Caller } from '../http/caller.decorator';
import { Endpoint } from '../openapi/endpoint.decorator';

@ApiTags('Administration')
@Controller('v1/admin/users')
export class UsersController {
  constructor(private readonly memories: Memories) {}

  @Delete(':id')
  @ApiParam({ name: 'id', description: 'The id of the user.' })
  @Endpoint({
    id: 'deleteUser',
    summary: 'Delete a user',
    description:
      'Forgets all that the user said and kept, and ends the keys made for him. Amounts stay in the ledger. Who wants a ' +
      'receipt calls `forget` first.',
    role: 'administrator',
    status: 204,
    problems: ['not-found', 'conflict'],
  })
  delete(@Caller() principal: Principal, @Param('id') id: string): Promise<void> {
    return this.memories.deleteUser(principal, id);
  }
}
