import { Env } from '@memori/config';
import type { Database } from '@memori/database';
import { Audit, Vault } from '@memori/security';
import { AliasRepository } from '../aliases/alias.repository';
import { SqlExecutor } from '../execution/sql-executor';
import { CatalogStore } from './catalog-store';
import { Connections } from './connections';
import { DataSourceRows } from './data-source-rows';
import { DataSourceRepository } from './data-source.repository';
import { DataSources } from './data-sources';
import { SourceProber } from './source-prober';
import { ValueRepository } from '../values/value.repository';

/** Data sources and their executor without Nest, for scripts and tests. */
export function assembleDataSources(database: Database, vault: Vault, env: Env = new Env()) {
  const repository = new DataSourceRepository(database);
  const connections = new Connections(repository, vault, env);
  const catalogs = new CatalogStore(repository, new AliasRepository(database));
  const rows = new DataSourceRows(repository, vault);
  const prober = new SourceProber(repository, env);
  const dataSources = new DataSources(
    database,
    repository,
    rows,
    prober,
    catalogs,
    new ValueRepository(database),
    connections,
    new Audit(database),
  );
  return { dataSources, connections, executor: new SqlExecutor(connections, env) };
}
