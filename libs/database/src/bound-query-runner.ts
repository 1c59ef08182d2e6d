import type { DataSource, EntityManager } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner';
import type { PipelinedClient } from './pipelined-client';

/** A query runner of TypeORM on a connection that is ours, inside a transaction that we began and shall end. */
class BoundQueryRunner extends PostgresQueryRunner {
  constructor(driver: PostgresDriver, client: PipelinedClient) {
    super(driver, 'master');
    this.databaseConnection = { query: (sql: string, params?: unknown[]) => client.send(sql, params) };
    this.isTransactionActive = true;
    // Transactions that TypeORM opens itself, in `save()`, become savepoints.
    this.transactionDepth = 1;
  }

  override release(): Promise<void> {
    return Promise.resolve();
  }
}

export function managerOn(dataSource: DataSource, client: PipelinedClient): EntityManager {
  const runner = new BoundQueryRunner(dataSource.driver as PostgresDriver, client);
  const manager = dataSource.createEntityManager(runner);
  runner.manager = manager;
  return manager;
}
