import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import { BudgetLimits, LIMIT_SCOPES, type TargetInput } from '@memori/budget';
import type { Principal } from '@memori/scope';
import { DataSources } from '@memori/text2sql';
import { Caller, RequestId } from '../http/caller.decorator';
import { pageRequestOf } from '../http/page.dto';
import { Endpoint } from '../openapi/endpoint.decorator';
import { withoutNulls } from '../openapi/fields';
import { list, object, pageOf, ref } from '../openapi/schema';
import { BudgetTargetQuery, ListBudgetsQuery, RemoveBudgetQuery, SetBudgetRequest } from './budget.dto';

const Scope = () => ApiParam({ name: 'scope', description: 'Whose budget it is.', enum: LIMIT_SCOPES });
const Id = () =>
  ApiParam({
    name: 'id',
    description:
      'The id of the user, session, tenant or data source (or its unique name). `*`: each that has no limit of his own; for `global` always `*`.',
  });

@ApiTags('Administration')
@Controller('v1/admin/budgets')
export class BudgetsController {
  constructor(
    private readonly limits: BudgetLimits,
    private readonly dataSources: DataSources,
  ) {}

  @Get()
  @Endpoint({
    id: 'listBudgets',
    summary: 'List the limits',
    description:
      'Every limit of the tenant, with those for all tenants and of the configuration that bear on it. Of several for the same scope and window the nearest counts: of the one, of all of the tenant (`*`), of all tenants, of the configuration.',
    role: 'administrator',
    answer: pageOf('BudgetLimit'),
    problems: ['not-found'],
  })
  list(@Caller() principal: Principal, @Query() query: ListBudgetsQuery) {
    return this.limits.list(principal, pageRequestOf(query), query.tenantId ?? undefined);
  }

  @Get(':scope/:id')
  @Scope()
  @Id()
  @Endpoint({
    id: 'getBudgetOf',
    summary: 'Read how one scope stands',
    description: 'What was spent and is held today, this month and in all, whether there is a limit or not.',
    role: 'administrator',
    answer: object('One line for each window.', { items: list('Day, month, total.', ref('ScopeStanding')) }),
    problems: ['not-found'],
  })
  async get(
    @Caller() principal: Principal,
    @Param('scope') scope: string,
    @Param('id') id: string,
    @Query() { tenantId }: BudgetTargetQuery,
  ) {
    return { items: await this.limits.standing(principal, await this.target(principal, scope, id, tenantId)) };
  }

  @Put(':scope/:id')
  @Scope()
  @Id()
  @Endpoint({
    id: 'setBudget',
    summary: 'Set a limit',
    description:
      'In place of the one that was there for this scope and window. It counts at once, on every instance and for what was spent in this window already; what stands above it is flagged `limit_lowered`.',
    role: 'administrator',
    answer: ref('BudgetLimit'),
    problems: ['not-found'],
  })
  async set(
    @Caller() principal: Principal,
    @Param('scope') scope: string,
    @Param('id') id: string,
    @Query() { tenantId }: BudgetTargetQuery,
    @Body() body: SetBudgetRequest,
    @RequestId() requestId: string,
  ) {
    const target = await this.target(principal, scope, id, tenantId);
    return this.limits.set(principal, target, withoutNulls(body), requestId);
  }

  @Delete(':scope/:id')
  @Scope()
  @Id()
  @Endpoint({
    id: 'removeBudget',
    summary: 'Remove a limit',
    description: 'What a wider limit or the configuration says counts again, at once.',
    role: 'administrator',
    status: 204,
    problems: ['not-found'],
  })
  async remove(
    @Caller() principal: Principal,
    @Param('scope') scope: string,
    @Param('id') id: string,
    @Query() { tenantId, window }: RemoveBudgetQuery,
    @RequestId() requestId: string,
  ) {
    const target = await this.target(principal, scope, id, tenantId);
    await this.limits.remove(principal, target, window ?? undefined, requestId);
  }

  /** The ledger knows data sources by their ids alone. */
  private async target(principal: Principal, scope: string, id: string, tenantId?: string): Promise<TargetInput> {
    const isOwn = !tenantId || tenantId === principal.tenantId;
    const known = scope === 'data-source' && id !== '*' && isOwn ? (await this.dataSources.get(principal, id)).id : id;
    return { scope, id: known, ...(tenantId && { tenantId }) };
  }
}
