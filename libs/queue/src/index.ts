/** Queue names, job payloads, and BullMQ on PostgreSQL or Redis. Jobs are nudges: the rows are the truth. */
export {
  FailedWork,
  FailedWorkRegistry,
  momentOf,
  WORK_STATES,
  type WorkItem,
  type WorkPlace,
  type WorkQuery,
  type WorkState,
} from './failed-work';
export { DeliverJob, LookJob, QUEUES } from './queues';
export { QuestionNudger } from './question-nudger';
export { WebhookNudger } from './webhook-nudger';
export { QueueModule } from './queue.module';
export { QueueHealth } from './queue.health';
export { QueueServer } from './queue-server';
export { readJob } from './read-job';
