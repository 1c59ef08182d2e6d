import { Readable } from 'node:stream';
import { Body, Controller, Post, Res, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Memories } from '@memori/memory';
import type { Principal } from '@memori/scope';
import { Caller } from '../http/caller.decorator';
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

  @Post('export')
  @Endpoint({
    id: 'exportMemories',
    summary: 'Take everything with you',
    description: 'Every session, turn and memory of the user, one JSON text a line.',
    role: 'member',
    answer: text('NDJSON.'),
    mediaTypes: ['application/x-ndjson'],
  })
  export(@Caller() principal: Principal, @Res({ passthrough: true }) reply: FastifyReply) {
    void reply.header('content-type', 'application/x-ndjson; charset=utf-8').header('cache-control', 'no-store');
    return new StreamableFile(Readable.from(withLineEnds(this.memories.export(principal)), { objectMode: false }));
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

async function* withLineEnds(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}
