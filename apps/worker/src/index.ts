/** Doors of the worker: the jobs that it processes. */
export { WorkerModule } from './worker.module';
