import { Logger } from '@nestjs/common';
import type { Env } from '@memori/config';
import { socketUrl } from './embedded/addresses';
import { EmbeddedPostgres } from './embedded/embedded-postgres';
import type { ExtensionNeeds } from './extension-checks';
import { Migrator } from './migrator';
import { configOf, OwnDatabase, type DatabaseAddresses } from './own-database';
import { runtimeRole } from './runtime-role';
import { checkSameDatabase, checkServer } from './start-checks';

/** Memori's own PostgreSQL, started or found, checked and migrated: what everything else waits for. */
export class DatabaseServer {
  private constructor(
    readonly own: OwnDatabase,
    private readonly embedded?: EmbeddedPostgres,
  ) {}

  static async open(env: Env, logger = new Logger('Database')): Promise<DatabaseServer> {
    const server = env.MEMORI_DATABASE_URL ? external(env) : await DatabaseServer.embed(env.MEMORI_DATA_DIR, logger);
    try {
      await server.prepare(logger, { vectors: env.MEMORI_EMBEDDING_PROVIDER !== 'none' });
      return server;
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  static external(addresses: DatabaseAddresses): DatabaseServer {
    return new DatabaseServer(new OwnDatabase(addresses));
  }

  /** Ends the embedded server; one of somebody else's is left alone. */
  async close(): Promise<void> {
    await this.embedded?.stop();
  }

  private static async embed(directory: string, logger: Logger): Promise<DatabaseServer> {
    const embedded = await EmbeddedPostgres.start({ directory, onEvent: (message) => logger.warn(message) });
    if (embedded.foundOrphan)
      logger.warn('An earlier Memori had been killed; its PostgreSQL was stopped and nothing is lost.');
    return new DatabaseServer(new OwnDatabase(addressesOf(embedded)), embedded);
  }

  private async prepare(logger: Logger, needs: ExtensionNeeds): Promise<void> {
    const { memori, direct, owner } = this.own;
    for (const warning of await checkServer(memori, needs)) logger.warn(warning);
    if (!this.embedded && direct !== memori) await checkSameDatabase(memori, direct);
    const applied = await new Migrator(owner).up(await runtimeRole(this.own));
    if (applied.length > 0) logger.log(`Migrated: ${applied.join(', ')}.`);
  }
}

function external(env: Env): DatabaseServer {
  const memori = configOf(env.MEMORI_DATABASE_URL);
  const isDirect = !env.MEMORI_DATABASE_DIRECT_URL || env.MEMORI_DATABASE_DIRECT_URL === env.MEMORI_DATABASE_URL;
  const direct = isDirect ? memori : configOf(env.MEMORI_DATABASE_DIRECT_URL);
  // Who names a second way in, past a pooler, says that the first one leads through it.
  return DatabaseServer.external({ memori, direct, owner: direct, behindPooler: !isDirect });
}

function addressesOf(embedded: EmbeddedPostgres): DatabaseAddresses {
  const runtime = embedded.configFor('runtime');
  const reader = embedded.configFor('demoReader');
  const { dataDir, location, runsAs, foundOrphan } = embedded;
  return {
    memori: runtime,
    direct: runtime,
    owner: embedded.configFor('owner'),
    behindPooler: false,
    demo: { admin: embedded.configFor('demoOwner'), reader, readerUrl: socketUrl(reader) },
    embedded: { dataDir, location, runsAs, foundOrphan },
  };
}
