import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Principal } from '@memori/scope';
import { ProposedQueries } from '@memori/text2sql';
import { setLocation } from '../http/answers';
import { Caller, RequestId } from '../http/caller.decorator';
import { pageRequestOf } from '../http/page.dto';
import { Endpoint } from '../openapi/endpoint.decorator';
import { pageOf, ref } from '../openapi/schema';
import { viewOf } from './verified-query.view';
import { ChangeVerifiedQueryRequest, ListVerifiedQueriesQuery } from './verified-query.dto';

const ProposalId = () => ApiParam({ name: 'id', description: 'The id of the proposal.', format: 'uuid' });

@ApiTags('Verified queries')
@Controller('v1/verified-queries/proposals')
export class ProposedQueriesController {
  constructor(private readonly proposals: ProposedQueries) {}

  @Get()
  @Endpoint({
    id: 'listProposedQueries',
    summary: 'List answers that people found right',
    description:
      'Those that nobody promoted or rejected yet, the oldest first. The verdict `correct` proposes, `incorrect` takes it back; isolated sessions propose nothing.',
    role: 'curator',
    answer: pageOf('ProposedQuery'),
    problems: ['not-found'],
  })
  list(@Caller() principal: Principal, @Query() query: ListVerifiedQueriesQuery) {
    return this.proposals.list(principal, query.dataSourceId, pageRequestOf(query));
  }

  @Post(':id/promote')
  @ProposalId()
  @Endpoint({
    id: 'promoteProposedQuery',
    summary: 'Make a proposal a verified query',
    description: 'As it is, or with blanks and other words in place of those of the asker. Checked like any other.',
    role: 'curator',
    status: 201,
    answer: ref('VerifiedQuery'),
    problems: [
      'not-found',
      'conflict',
      'sql-not-allowed',
      'sql-failed',
      'sql-timeout',
      'data-source-unreachable',
      'data-source-credentials',
    ],
  })
  async promote(
    @Caller() principal: Principal,
    @Param('id') id: string,
    @Body() body: ChangeVerifiedQueryRequest,
    @RequestId() requestId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const made = await this.proposals.promote(principal, id, body, requestId);
    setLocation(reply, 'verified-queries', made.id);
    return viewOf(made);
  }

  @Post(':id/reject')
  @HttpCode(204)
  @ProposalId()
  @Endpoint({
    id: 'rejectProposedQuery',
    summary: 'Reject a proposal',
    description: 'It is not proposed again by the same question.',
    role: 'curator',
    status: 204,
    problems: ['not-found'],
  })
  reject(@Caller() principal: Principal, @Param('id') id: string, @RequestId() requestId: string) {
    return this.proposals.reject(principal, id, requestId);
  }
}
