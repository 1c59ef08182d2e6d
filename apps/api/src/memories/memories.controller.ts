import { Body, Controller, Delete, Get, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Memories } from '@memori/memory';
import type { Principal } from '@memori/scope';
import { setLocation } from '../http/answers';
import { Caller } from '../http/caller.decorator';
import { pageRequestOf } from '../http/page.dto';
import { Endpoint } from '../openapi/endpoint.decorator';
import { pageOf, ref } from '../openapi/schema';
import { AddMemoryRequest, ChangeMemoryRequest, ListMemoriesQuery } from './memory.dto';

const MemoryId = () => ApiParam({ name: 'id', description: 'The id of the memory.', format: 'uuid' });

@ApiTags('Memories')
@Controller('v1/memories')
export class MemoriesController {
  constructor(private readonly memories: Memories) {}

  @Post()
  @Endpoint({
    id: 'addMemory',
    summary: 'Keep something',
    description:
      'A fact, a preference, a rule … that is found again by what a question says. For the whole tenant: curators alone.',
    role: 'member',
    status: 201,
    answer: ref('Memory'),
    problems: ['not-found', 'session-expired'],
  })
  async add(
    @Caller() principal: Principal,
    @Body() body: AddMemoryRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const memory = await this.memories.add(principal, body);
    setLocation(reply, 'memories', memory.id);
    return memory;
  }

  @Get()
  @Endpoint({
    id: 'listMemories',
    summary: 'List what is kept',
    description: 'Your memories and those of the tenant, the newest first.',
    role: 'reader',
    answer: pageOf('Memory'),
    problems: ['not-found', 'session-expired'],
  })
  list(@Caller() principal: Principal, @Query() query: ListMemoriesQuery) {
    const { scope, namespace, category, sessionId, documentId } = query;
    return this.memories.list(principal, {
      ...pageRequestOf(query),
      scope,
      namespace,
      category,
      sessionId,
      documentId,
    });
  }

  @Get(':id')
  @MemoryId()
  @Endpoint({
    id: 'getMemory',
    summary: 'Read a memory',
    description: 'As it is now; its earlier states are in its history.',
    role: 'reader',
    answer: ref('Memory'),
    problems: ['not-found'],
  })
  get(@Caller() principal: Principal, @Param('id') id: string) {
    return this.memories.get(principal, id);
  }

  @Patch(':id')
  @MemoryId()
  @Endpoint({
    id: 'changeMemory',
    summary: 'Change a memory',
    description:
      'A JSON merge patch: absent stays, null clears a date or gives the default importance. Scope and namespace never change.',
    role: 'member',
    answer: ref('Memory'),
    problems: ['not-found'],
  })
  change(@Caller() principal: Principal, @Param('id') id: string, @Body() body: ChangeMemoryRequest) {
    return this.memories.update(principal, id, body);
  }

  @Delete(':id')
  @MemoryId()
  @Endpoint({
    id: 'deleteMemory',
    summary: 'Delete a memory',
    description: 'With its history. It is found no more from this moment on.',
    role: 'member',
    status: 204,
    problems: ['not-found'],
  })
  delete(@Caller() principal: Principal, @Param('id') id: string) {
    return this.memories.delete(principal, id);
  }

  @Get(':id/history')
  @MemoryId()
  @Endpoint({
    id: 'getMemoryHistory',
    summary: 'Read the history of a memory',
    description: 'Every state that it had and who wrote it, and the chain of facts of which each ended the one before.',
    role: 'reader',
    answer: ref('MemoryHistory'),
    problems: ['not-found'],
  })
  history(@Caller() principal: Principal, @Param('id') id: string) {
    return this.memories.history(principal, id);
  }
}
