import { type DynamicModule, Global, Module } from '@nestjs/common';
import { ConfigModule, type Env } from '@memori/config';
import { DatabaseModule } from '@memori/database';
import { EmbeddingModule } from '@memori/embedding';
import { type Log, MonitoringModule } from '@memori/monitoring';
import { Clock, SystemClock } from '@memori/scope';
import { ErasureCheckModule } from '@memori/privacy';
import { QueueModule } from '@memori/queue';
import { SecurityModule } from '@memori/security';
import { Simulation } from '@memori/text2sql';
import { ApiModule } from '../../api/src/api.module';
import { HealthModule } from '../../api/src/health/health.module';
import { WorkerModule } from '../../worker/src';

/** What has no module of its own. */
@Global()
@Module({ providers: [{ provide: Clock, useClass: SystemClock }], exports: [Clock] })
class FoundationModule {
  static with(simulation: Simulation): DynamicModule {
    return {
      module: FoundationModule,
      providers: [{ provide: Simulation, useValue: simulation }],
      exports: [Simulation],
    };
  }
}

/** The whole of one process: the ground, then the doors that its role opens. */
@Module({})
export class MemoriModule {
  static forRoot(env: Env, log: Log, simulation = new Simulation()): DynamicModule {
    const ground = [
      ConfigModule.forRoot(env),
      MonitoringModule.withLog(log),
      FoundationModule.with(simulation),
      DatabaseModule.forRoot(),
      ErasureCheckModule,
      SecurityModule,
      EmbeddingModule,
      QueueModule.forRoot(),
    ];
    return { module: MemoriModule, imports: [...ground, ...doorsOf(env.MEMORI_ROLE)] };
  }
}

function doorsOf(role: Env['MEMORI_ROLE']) {
  switch (role) {
    case 'all':
      return [ApiModule, WorkerModule];
    case 'api':
      return [ApiModule];
    case 'worker':
      return [HealthModule, WorkerModule];
  }
}
