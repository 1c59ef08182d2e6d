import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Env } from '@memori/config';
import { Log } from './log';
import { Metrics } from './metrics';

/** Metrics and the log, for whoever raises them. */
@Global()
@Module({
  providers: [
    { provide: Log, inject: [Env], useFactory: (env: Env) => new Log({ level: env.MEMORI_LOG_LEVEL }) },
    { provide: Metrics, useFactory: () => new Metrics() },
  ],
  exports: [Log, Metrics],
})
export class MonitoringModule {
  /** The same with a log that is there already, because the start wrote to it. */
  static withLog(log: Log): DynamicModule {
    return { module: MonitoringModule, providers: [{ provide: Log, useValue: log }] };
  }
}
