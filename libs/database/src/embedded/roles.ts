import { Client, escapeIdentifier, escapeLiteral, type ClientConfig } from 'pg';

export interface LoginRole {
  readonly name: string;
  readonly password: string;
}

/** Makes the role if it is missing and sets its password: neither owner, superuser nor able to pass row security. */
export async function ensureRole(client: Client, role: LoginRole): Promise<void> {
  const { rows } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role.name]);
  const verb = rows.length > 0 ? 'ALTER' : 'CREATE';
  const limits = 'LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION';
  await client.query(`${verb} ROLE ${escapeIdentifier(role.name)} ${limits} PASSWORD ${escapeLiteral(role.password)}`);
}

/** Makes the database if it is missing; only its owner and `guests` may connect. */
export async function ensureDatabase(client: Client, name: string, owner: string, guests: string[]): Promise<void> {
  const database = escapeIdentifier(name);
  const { rows } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  if (rows.length === 0) await client.query(`CREATE DATABASE ${database} OWNER ${escapeIdentifier(owner)}`);
  await client.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
  for (const guest of guests) await client.query(`GRANT CONNECT ON DATABASE ${database} TO ${escapeIdentifier(guest)}`);
}

/** What `owner` makes in the database from now on, `reader` may read. */
export async function letRead(admin: ClientConfig, owner: string, reader: string): Promise<void> {
  const [of, to] = [escapeIdentifier(owner), escapeIdentifier(reader)];
  await withClient(admin, (client) =>
    client.query(`
      GRANT USAGE ON SCHEMA public TO ${to};
      ALTER DEFAULT PRIVILEGES FOR ROLE ${of} GRANT USAGE ON SCHEMAS TO ${to};
      ALTER DEFAULT PRIVILEGES FOR ROLE ${of} GRANT SELECT ON TABLES TO ${to};`),
  );
}

/** One connection for one piece of work. */
export async function withClient<T>(config: ClientConfig, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(config);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
