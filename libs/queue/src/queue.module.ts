import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { Env } from '@memori/config';
import { OwnDatabase } from '@memori/database';
import { FailedWorkRegistry } from './failed-work';
import { QuestionNudger } from './question-nudger';
import { QueueHealth } from './queue.health';
import { QueueServer } from './queue-server';
import { QUEUES } from './queues';
import { WebhookNudger } from './webhook-nudger';

@Module({
  providers: [
    {
      provide: QueueServer,
      inject: [Env, OwnDatabase],
      useFactory: (env: Env, own: OwnDatabase) => QueueServer.open(env, own),
    },
  ],
  exports: [QueueServer],
})
class QueueServerModule {}

/** BullMQ on Memori's own PostgreSQL, or on Redis when one is named. */
@Module({})
export class QueueModule {
  /** Needs ConfigModule and DatabaseModule. */
  static forRoot(): DynamicModule {
    const root = BullModule.forRootAsync({
      imports: [QueueServerModule],
      inject: [QueueServer],
      useFactory: ({ connection }: QueueServer) => ({
        // The module's types know Redis alone; the backend factory takes a pool as well.
        connection: connection as never,
        // Retention by count or age deadlocks with completions on PostgreSQL: all or nothing.
        defaultJobOptions: { removeOnComplete: true, removeOnFail: false },
      }),
    });
    const questions = BullModule.registerQueue({ name: QUEUES.questions });
    const webhooks = BullModule.registerQueue({ name: QUEUES.webhooks });
    return {
      module: QueueModule,
      global: true,
      imports: [QueueServerModule, TerminusModule, root, questions, webhooks],
      providers: [QuestionNudger, WebhookNudger, FailedWorkRegistry, QueueHealth],
      exports: [QueueServerModule, QuestionNudger, WebhookNudger, FailedWorkRegistry, QueueHealth, questions, webhooks],
    };
  }
}
