/** Webhooks: who is told of which events, signed, retried, and kept when nobody listens. */
export { deliveryBody, signatureOf } from './signature';
export { WebhookDeliveries, type DeliveryRecord } from './webhook-deliveries';
export { EVENT_TYPES, type WebhookInput, type NewWebhook, type WebhookRecord } from './webhook';
export { WebhookDispatcher } from './webhook-dispatcher';
export { WebhookSender } from './webhook-sender';
export { WebhookSweeper } from './webhook-sweeper';
export { Webhooks } from './webhooks';
export { WebhookDeliveryModule, WebhooksModule } from './webhooks.module';
