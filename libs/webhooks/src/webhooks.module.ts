import { Module } from '@nestjs/common';
import { PrivacyModule } from '@memori/privacy';
import { WebhookDeliveries } from './webhook-deliveries';
import { WebhookDispatcher } from './webhook-dispatcher';
import { WebhookSender } from './webhook-sender';
import { WebhookSweeper } from './webhook-sweeper';
import { Webhooks } from './webhooks';
import { WebhooksEraser } from './webhooks-eraser';

/** Webhooks as administrators see them. Needs database, config, monitoring, security and queue at the root. */
@Module({
  imports: [PrivacyModule],
  providers: [Webhooks, WebhookDeliveries, WebhooksEraser],
  exports: [Webhooks, WebhookDeliveries],
})
export class WebhooksModule {}

/** The sending of deliveries, for whoever works. */
@Module({
  imports: [PrivacyModule],
  providers: [WebhooksEraser, WebhookSender, WebhookDispatcher, WebhookSweeper],
  exports: [WebhookDispatcher, WebhookSweeper],
})
export class WebhookDeliveryModule {}
