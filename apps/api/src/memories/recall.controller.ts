import { Body, Controller, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Memories } from '@memori/memory';
import type { Principal } from '@memori/scope';
import { Caller } from '../http/caller.decorator';
import { linesOf, sendLines, withLineEnds } from '../http/lines';
import { Endpoint } from '../openapi/endpoint.decorator';
import { ref, text } from '../openapi/schema';
import { ForgetRequest, SearchRequest } from './memory.dto';

@ApiTags('Memories')
@Controller('v1/memories')
export class RecallController {
  constructor(private readonly memories: Memories) {}

  @Post('search')
  @Endpoint({
    id: 'searchMemories',
    summary: 'Find what was said and kept',
    description:
      'Turns and facts of your namespace that bear on the query, in any language that has words or characters.',
    role: 'reader',
    answer: ref('RecallResult'),
    problems: ['not-found', 'session-expired'],
  })
  async search(@Caller() principal: Principal, @Body() body: SearchRequest) {
    return { items: await this.memories.search(principal, body) };
  }

  @Post('context')
  @Endpoint({
    id: 'recallContext',
    summary: 'The same, as a block for a prompt',
    description: 'What a search finds, written as it would stand in a prompt, with the number of its tokens.',
    role: 'reader',
    answer: ref('RecallContext'),
    problems: ['not-found', 'session-expired'],
  })
  context(@Caller() principal: Principal, @Body() body: SearchRequest) {
    return this.memories.context(principal, body);
  }

  @Post('import')
  @RouteConfig({ takesLines: true })
  @ApiConsumes('application/x-ndjson')
  @ApiBody({ description: 'One JSON object a line, as `exportMemories` writes them.', schema: text('NDJSON.') })
  @Endpoint({
    id: 'importMemories',
    summary: 'Bring everything with you',
    description:
      'NDJSON, as an export writes it: sessions, turns, summaries, documents, memories and their history, all or nothing. A line that is wrong is told by its number. The same again changes nothing. A line without `kind` is a memory, and without `id` it is known by what it says. What is the whole tenant’s: curators alone.',
    role: 'member',
    answer: ref('MemoryImport'),
    problems: ['conflict', 'request-too-large'],
  })
  import(@Caller() principal: Principal, @Req() request: FastifyRequest) {
    return this.memories.import(principal, linesOf(request));
  }

  @Post('export')
  @Endpoint({
    id: 'exportMemories',
    summary: 'Take everything with you',
    description:
      'Every session, turn, summary, document and memory of the user with its history, one JSON text a line, as an import takes them. Curators also get what is the whole tenant’s.',
    role: 'member',
    answer: text('NDJSON.'),
    mediaTypes: ['application/x-ndjson'],
  })
  export(@Caller() principal: Principal, @Res({ passthrough: true }) reply: FastifyReply) {
    return sendLines(reply, withLineEnds(this.memories.export(principal)));
  }

  @Post('forget')
  @Endpoint({
    id: 'forget',
    summary: 'Forget a session, a namespace or a user',
    description:
      'Erases all that was said and kept there, at once, and gives a receipt. Another user: administrators alone.',
    role: 'member',
    answer: ref('ForgetReceipt'),
    problems: ['not-found', 'session-expired'],
  })
  forget(@Caller() principal: Principal, @Body() body: ForgetRequest) {
    return this.memories.forget(principal, body);
  }
}
