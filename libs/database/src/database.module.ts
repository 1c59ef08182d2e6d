import { type DynamicModule, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSourceOptions } from 'typeorm';
import { Env } from '@memori/config';
import { connectDataSource, dataSourceOptions, type ConnectionLimits, type Entity } from './data-source';
import { Database } from './database';
import { DatabaseHealth } from './database.health';
import { DatabaseServer } from './database-server';
import { NotificationHub } from './notification-hub';
import { OwnDatabase } from './own-database';

/** The server alone, in a module below the others, so that it starts first and stops last. */
@Injectable()
class ServerStop implements OnApplicationShutdown {
  constructor(private readonly server: DatabaseServer) {}

  async onApplicationShutdown(): Promise<void> {
    await this.server.close();
  }
}

@Module({
  providers: [
    { provide: DatabaseServer, inject: [Env], useFactory: (env: Env) => DatabaseServer.open(env) },
    { provide: OwnDatabase, inject: [DatabaseServer], useFactory: ({ own }: DatabaseServer) => own },
    ServerStop,
  ],
  exports: [OwnDatabase],
})
class DatabaseServerModule {}

@Module({})
export class DatabaseModule {
  /** Starts the embedded PostgreSQL when no other is named, migrates, connects. Needs ConfigModule. */
  static forRoot(options: { entities?: Entity[]; limits?: ConnectionLimits } = {}): DynamicModule {
    const typeOrm = TypeOrmModule.forRootAsync({
      imports: [DatabaseServerModule],
      inject: [OwnDatabase],
      useFactory: ({ memori, behindPooler }: OwnDatabase) => ({
        ...dataSourceOptions(memori, options.entities, { ...options.limits, behindPooler }),
        autoLoadEntities: true,
        retryAttempts: 1,
      }),
      dataSourceFactory: (dataSourceOptions) => connectDataSource(dataSourceOptions as DataSourceOptions),
    });
    return {
      module: DatabaseModule,
      global: true,
      imports: [DatabaseServerModule, typeOrm, TerminusModule],
      providers: [
        Database,
        DatabaseHealth,
        {
          provide: NotificationHub,
          inject: [OwnDatabase],
          useFactory: ({ direct }: OwnDatabase) => new NotificationHub(direct),
        },
      ],
      exports: [Database, DatabaseHealth, NotificationHub, DatabaseServerModule, typeOrm],
    };
  }
}
