import type { ClientConfig, Pool, PoolClient, PoolConfig } from 'pg';
import { DataSource, type DataSourceOptions, type EntityTarget, type ObjectLiteral } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver';

export interface ConnectionLimits {
  /** Most connections of this process's shared pool. */
  readonly poolSize?: number;
  readonly statementTimeoutMs?: number;
  readonly idleInTransactionTimeoutMs?: number;
  /** A pooler such as PgBouncer refuses connections that ask for settings at the start. */
  readonly behindPooler?: boolean;
}

export type Entity = EntityTarget<ObjectLiteral> & (new () => object);

const APPLICATION = 'memori';

/** TypeORM's options for Memori's own database. Nothing is synchronised: migrations are SQL written by hand. */
export function dataSourceOptions(config: ClientConfig, entities: Entity[] = [], limits: ConnectionLimits = {}) {
  return {
    type: 'postgres',
    // Everything goes to `pg` by `extra`: TypeORM's own fields know no socket directory and no pipelining.
    extra: poolConfig(config, limits),
    entities,
    synchronize: false,
    migrationsRun: false,
    logging: false,
    installExtensions: false,
    poolErrorHandler: ignoreClientError,
  } satisfies DataSourceOptions;
}

/** Connects, and makes sure that no error of a single connection can end the process. */
export async function connectDataSource(options: DataSourceOptions): Promise<DataSource> {
  const dataSource = await new DataSource(options).initialize();
  return guardConnections(dataSource);
}

export function guardConnections(dataSource: DataSource): DataSource {
  guardPool((dataSource.driver as PostgresDriver).master as Pool);
  return dataSource;
}

/** `pg` takes its error listener off a client that is checked out; one lost then would end the process. */
export function guardPool(pool: Pool): Pool {
  pool.on('error', ignoreClientError);
  pool.on('acquire', (client: PoolClient) => {
    if (client.listenerCount('error', ignoreClientError) === 0) client.on('error', ignoreClientError);
  });
  return pool;
}

export function poolConfig(config: ClientConfig, limits: ConnectionLimits = {}): PoolConfig {
  return {
    ...config,
    application_name: APPLICATION,
    max: limits.poolSize ?? 10,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    pipeline: true,
    ...(limits.behindPooler ? {} : sessionTimeouts(limits)),
  };
}

/** Behind a pooler the next transaction may run on another server connection, which knows no statement by name. */
export function namesStatements({ options }: DataSource): boolean {
  const { extra } = options as { extra?: { statement_timeout?: number } };
  return extra?.statement_timeout !== undefined;
}

function sessionTimeouts(limits: ConnectionLimits) {
  return {
    statement_timeout: limits.statementTimeoutMs ?? 30_000,
    idle_in_transaction_session_timeout: limits.idleInTransactionTimeoutMs ?? 60_000,
  };
}

/** The pool has thrown the connection away already; whoever used it gets the error of his statement. */
function ignoreClientError(): void {}
