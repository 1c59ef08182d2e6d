/** Definitions of the metrics that others raise, the log, and the request that a line belongs to. */
export { describeError, maskQuoted, type ErrorDescription } from './describe-error';
export { Log, type LogFacts, type LogOptions } from './log';
export { Metrics, type AttemptFacts, type UsageFacts } from './metrics';
export { MonitoringModule } from './monitoring.module';
export { NestLog } from './nest-log';
export { RequestContext, type RequestFacts } from './request-context';
