import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import { PriceAdmin } from '@memori/budget';
import type { Principal } from '@memori/scope';
import { Caller, RequestId } from '../http/caller.decorator';
import { Endpoint } from '../openapi/endpoint.decorator';
import { ref } from '../openapi/schema';
import { PriceListBody } from './budget.dto';

@ApiTags('Administration')
@Controller('v1/admin/prices')
export class PricesController {
  constructor(private readonly prices: PriceAdmin) {}

  @Get()
  @Endpoint({
    id: 'getPrices',
    summary: 'Read the prices',
    description: 'The list in force. Change it and hand it back to `setPrices`.',
    role: 'administrator',
    answer: ref('Prices'),
  })
  get(@Caller() principal: Principal) {
    return this.prices.get(principal);
  }

  @Put()
  @ApiBody({ type: PriceListBody })
  @Endpoint({
    id: 'setPrices',
    summary: 'Replace the prices',
    description:
      'The whole list, for every instance, while they run. A malformed one is refused with a pointer to each wrong field, and the former stays. Models that are not on it are not called. Calls that are running are charged at the prices they began with. For administrators of the tenant `default`.',
    role: 'administrator',
    answer: ref('Prices'),
  })
  set(@Caller() principal: Principal, @Body() body: object, @RequestId() requestId: string) {
    return this.prices.replace(principal, body, requestId);
  }
}
