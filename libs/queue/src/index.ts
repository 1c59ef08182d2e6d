/** Queue names, job payloads, and BullMQ on PostgreSQL or Redis. Jobs are nudges: the rows are the truth. */
export { DeliverJob, LookJob, QUEUES } from './queues';
export { QuestionNudger } from './question-nudger';
export { WebhookNudger } from './webhook-nudger';
export { QueueModule } from './queue.module';
export { QueueServer } from './queue-server';
export { readJob } from './read-job';
