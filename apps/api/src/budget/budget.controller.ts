import { Controller, Get, Headers, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Budget, USAGE_GROUPS, usageCsv, type UsageGroup, UsageReport } from '@memori/budget';
import { hasRole, type Principal, userScopeOf } from '@memori/scope';
import { Caller } from '../http/caller.decorator';
import { Endpoint } from '../openapi/endpoint.decorator';
import { ChoiceField, TextField } from '../openapi/fields';
import { ref } from '../openapi/schema';

export class UsageQuery {
  @TextField({
    description: 'The first day, in the tenant’s time zone.',
    format: 'date',
    example: '2026-11-01',
    optional: true,
  })
  from?: string;

  @TextField({ description: 'The last day.', format: 'date', example: '2026-11-30', optional: true })
  to?: string;

  @ChoiceField(USAGE_GROUPS, { description: 'What one line sums up.', default: 'day', optional: true })
  groupBy?: UsageGroup;

  @ChoiceField(['json', 'csv'], {
    description: 'The form of the answer; `Accept: text/csv` asks for the same.',
    default: 'json',
    optional: true,
  })
  format?: 'json' | 'csv';
}

@ApiTags('Budget')
@Controller('v1')
export class BudgetController {
  constructor(
    private readonly budget: Budget,
    private readonly report: UsageReport,
  ) {}

  @Get('budget')
  @Endpoint({
    id: 'getBudget',
    summary: 'What may still be spent',
    description: 'Every limit that binds the user: what is posted, held and left, and when it resets.',
    role: 'reader',
    answer: ref('BudgetStanding'),
  })
  async standing(@Caller() principal: Principal) {
    return { items: await this.budget.standing(userScopeOf(principal)) };
  }

  @Get('usage')
  @Endpoint({
    id: 'getUsage',
    summary: 'What was spent',
    description:
      'Tokens, cost and what was saved. Administrators see the whole tenant, everybody else what is his own.',
    role: 'reader',
    answer: ref('Usage'),
    mediaTypes: ['application/json', 'text/csv'],
  })
  async usage(
    @Caller() principal: Principal,
    @Query() { from, to, groupBy, format }: UsageQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const isForAll = hasRole(principal, 'administrator') && principal.actedBy === null;
    const scope = isForAll ? { tenantId: principal.tenantId } : userScopeOf(principal);
    const query = { from: from ?? undefined, to: to ?? undefined, groupBy: groupBy ?? 'day' } as const;
    const items = await this.report.usage(scope, query);
    const wantsCsv = (format ?? (/^\s*text\/csv\b/.test(accept ?? '') ? 'csv' : 'json')) === 'csv';
    if (!wantsCsv) return { items };
    void reply.headers({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': 'attachment; filename="usage.csv"',
    });
    return usageCsv(items);
  }
}
