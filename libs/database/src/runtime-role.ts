import type { ClientConfig } from 'pg';
import { withClient } from './embedded/roles';
import type { DatabaseAddresses } from './own-database';

/** The role that must be let in after a migration; undefined when it is the one that migrates and so owns everything. */
export async function runtimeRole({ memori, owner }: DatabaseAddresses): Promise<string | undefined> {
  const [runtime, migrating] = await Promise.all([roleOf(memori), roleOf(owner)]);
  return runtime === migrating ? undefined : runtime;
}

function roleOf(config: ClientConfig): Promise<string | undefined> {
  return withClient(config, async (client) => {
    const { rows } = await client.query<{ role: string }>('SELECT current_user AS role');
    return rows[0]?.role;
  });
}
