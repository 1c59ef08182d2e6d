import type { ClientConfig } from 'pg';
import { configFor, DEMO_DATABASE, MEMORI_DATABASE, ROLES } from './addresses';
import { SUPERUSER } from './init-cluster';
import type { Passwords } from './passwords';
import { ensureDatabase, ensureRole, letRead, withClient } from './roles';
import { SOCKET_PORT } from './socket-dir';

/** The two databases and four roles of the embedded server. May run at every start: it makes what is missing. */
export async function setUpDatabases(socketDir: string, passwords: Passwords): Promise<void> {
  const superuser = { host: socketDir, port: SOCKET_PORT, user: SUPERUSER, password: passwords.superuser };
  await withClient({ ...superuser, database: 'postgres' }, async (client) => {
    for (const role of ['owner', 'runtime', 'demoOwner', 'demoReader'] as const)
      await ensureRole(client, { name: ROLES[role], password: passwords[role] });
    await ensureDatabase(client, MEMORI_DATABASE, ROLES.owner, [ROLES.runtime]);
    await ensureDatabase(client, DEMO_DATABASE, ROLES.demoOwner, [ROLES.demoReader]);
    await client.query('REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC');
    // A second lock on the door: the data source's connections are READ ONLY anyway.
    await client.query(`ALTER ROLE ${ROLES.demoReader} SET default_transaction_read_only = on`);
  });
  const demoOwner: ClientConfig = configFor(socketDir, passwords, 'demoOwner');
  await letRead(demoOwner, ROLES.demoOwner, ROLES.demoReader);
}
