import { Body, Controller, Delete, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Principal } from '@memori/scope';
import { Webhooks } from '@memori/webhooks';
import { setLocation } from '../http/answers';
import { Caller, RequestId } from '../http/caller.decorator';
import { PageQuery, pageRequestOf } from '../http/page.dto';
import { Endpoint } from '../openapi/endpoint.decorator';
import { withoutNulls } from '../openapi/fields';
import { pageOf, ref } from '../openapi/schema';
import { CreateWebhookRequest } from './webhook.dto';

@ApiTags('Administration')
@Controller('v1/admin/webhooks')
export class WebhooksController {
  constructor(private readonly webhooks: Webhooks) {}

  @Post()
  @Endpoint({
    id: 'createWebhook',
    summary: 'Be told of events',
    description: [
      'Each event is sent once it is certain, by POST, as `{ id, type, createdAt, data }`. The answer holds the secret this once.',
      '`Memori-Signature: t=<seconds>,v1=<hex>` signs it: v1 is HMAC-SHA256 under the secret over `<t>.<body>`; compute it over the raw body and refuse a `t` more than five minutes away.',
      '`Memori-Delivery` is the same at every attempt. Whatever is no 2xx is tried again, nine times within about half a day, then listed with the failed jobs.',
    ].join('\n\n'),
    role: 'administrator',
    status: 201,
    answer: ref('NewWebhook'),
    problems: ['conflict'],
  })
  async create(
    @Caller() principal: Principal,
    @Body() body: CreateWebhookRequest,
    @RequestId() requestId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const made = await this.webhooks.create(principal, withoutNulls(body), requestId);
    setLocation(reply, 'admin', 'webhooks', made.id);
    void reply.header('cache-control', 'no-store');
    return made;
  }

  @Get()
  @Endpoint({
    id: 'listWebhooks',
    summary: 'List the webhooks',
    description: 'Those of the tenant, without their secrets.',
    role: 'administrator',
    answer: pageOf('Webhook'),
  })
  list(@Caller() principal: Principal, @Query() query: PageQuery) {
    return this.webhooks.list(principal, pageRequestOf(query));
  }

  @Delete(':id')
  @ApiParam({ name: 'id', description: 'The id of the webhook.', format: 'uuid' })
  @Endpoint({
    id: 'deleteWebhook',
    summary: 'Delete a webhook',
    description: 'Nothing more is sent there; what waits to be sent goes with it.',
    role: 'administrator',
    status: 204,
    problems: ['not-found'],
  })
  delete(@Caller() principal: Principal, @Param('id') id: string, @RequestId() requestId: string) {
    return this.webhooks.delete(principal, id, requestId);
  }
}
