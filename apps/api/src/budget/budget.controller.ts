import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Budget, USAGE_GROUPS, type UsageGroup, UsageReport } from '@memori/budget';
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
  })
  async usage(@Caller() principal: Principal, @Query() { from, to, groupBy = 'day' }: UsageQuery) {
    const isForAll = hasRole(principal, 'administrator') && principal.actedBy === null;
    const scope = isForAll ? { tenantId: principal.tenantId } : userScopeOf(principal);
    return {
      items: await this.report.usage(scope, {
        from: from ?? undefined,
        to: to ?? undefined,
        groupBy: groupBy ?? 'day',
      }),
    };
  }
}
