import { Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RequestContext } from '@memori/monitoring';
import { WORK_STATES, type WorkState } from '@memori/queue';
import type { Principal } from '@memori/scope';
import { Caller } from '../http/caller.decorator';
import { PageQuery, pageRequestOf } from '../http/page.dto';
import { Endpoint } from '../openapi/endpoint.decorator';
import { ChoiceField } from '../openapi/fields';
import { pageOf, ref } from '../openapi/schema';
import { DeadLetters } from './dead-letters';

export class JobsQuery extends PageQuery {
  @ChoiceField(WORK_STATES, {
    description:
      '`failed`: given up, to be retried. `waiting`, `held` (background calls are off), `submitted`: background work under way.',
    default: 'failed',
    optional: true,
  })
  state?: WorkState;
}

@ApiTags('Jobs')
@Controller('v1/jobs')
export class JobsController {
  constructor(private readonly letters: DeadLetters) {}

  @Get()
  @Endpoint({
    id: 'listJobs',
    summary: 'List what failed',
    description:
      'Questions that failed for a passing reason, background work and deliveries that were given up; the newest first. ' +
      'Of your tenant; operators of the tenant `default` also see jobs of the queues. No text of a question, prompt or reply.',
    role: 'operator',
    answer: pageOf('Job'),
  })
  list(@Caller() principal: Principal, @Query() query: JobsQuery) {
    return this.letters.list(principal, query.state ?? 'failed', pageRequestOf(query));
  }

  @Post(':id/retry')
  @Endpoint({
    id: 'retryJob',
    summary: 'Take a failed job up again',
    description:
      'A question goes back into the line under its id, with the rights of whoever asked it; its old error stays in its ' +
      'events. What was paid for already is not paid again.',
    role: 'operator',
    answer: ref('Job'),
    problems: ['not-found', 'conflict', 'queue-full'],
  })
  retry(@Caller() principal: Principal, @Param('id') id: string) {
    return this.letters.retry(principal, id, RequestContext.current()?.requestId);
  }
}
