import { Module } from '@nestjs/common';
import { Text2SqlModule } from '@memori/text2sql';
import { WebhookDeliveryModule } from '@memori/webhooks';
import { QuestionsProcessor } from './questions.processor';
import { WebhooksProcessor } from './webhooks.processor';

/** Answers the questions that wait and delivers events. Needs config, database, security, queue and monitoring at the root. */
@Module({ imports: [Text2SqlModule, WebhookDeliveryModule], providers: [QuestionsProcessor, WebhooksProcessor] })
export class WorkerModule {}
