import type { Client } from 'pg';
import { testDatabase, type TestDatabase } from '@memori/testing';
import { withClient } from './embedded/roles';

/** Tables without a tenant: what is the installation's own. One that is not here fails the test until it was thought of. */
const OF_THE_INSTALLATION: readonly string[] = [
  ...['lease_epoch', 'llm_batches', 'migrations', 'pace_buckets', 'paces', 'pauses', 'price_tables', 'service_clock'],
  ...['settings', 'tenants', 'token_ratios', 'vector_generations'],
];
/** Tables that name a user and are still the tenant's: whoever may read them reads all of it. */
const OF_THE_TENANT: readonly string[] = ['api_keys', 'audit_log', 'events'];

interface Column {
  readonly name: string;
  readonly type: string;
  readonly category: string;
  readonly isNeeded: boolean;
}

interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly hasUser: boolean;
}

const OWN = { tenant: 'tenant-a', user: 'user-a' };
const OTHERS = [
  { tenant: 'tenant-a', user: 'user-b' },
  { tenant: 'tenant-b', user: 'user-a' },
  { tenant: 'tenant-b', user: 'user-b' },
  // As the whole tenant's rows are filed: those of one's own tenant may be read, these may not.
  { tenant: 'tenant-b', user: '' },
  { tenant: 'tenant-b', user: null },
];
type Scope = (typeof OTHERS)[number];

let db: TestDatabase;
let tables: Table[];

beforeAll(async () => {
  db = await testDatabase();
  await withClient(db.superuser, async (client) => {
    await forgetConstraints(client);
    tables = await tablesOf(client);
    for (const table of tables)
      for (const scope of [OWN, ...OTHERS]) if (canHold(table, scope)) await insert(client, table, scope);
  });
}, 60_000);
afterAll(() => db.close());

const hasTenant = ({ columns }: Table) => columns.some(({ name }) => name === 'tenant_id');

/** Not in every table can a row be nobody's. */
function canHold(table: Table, { user }: Scope): boolean {
  const column = table.columns.find(({ name }) => name === 'user_id');
  return hasTenant(table) && (user !== null || column?.isNeeded === false);
}

/** Rows are to be written that nothing else is there for: of a copy of the database, which goes with the test. */
async function forgetConstraints(client: Client): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(
    `SELECT format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', c.conrelid::regclass, c.conname) AS statement
     FROM pg_constraint c WHERE c.connamespace = 'memori'::regnamespace AND c.contype IN ('c', 'f', 'p', 'u', 'x')
     ORDER BY c.contype <> 'f'`,
  );
  for (const { statement } of rows) await client.query(statement);
  const indexes = await client.query<{ statement: string }>(
    `SELECT format('DROP INDEX %s', i.indexrelid::regclass) AS statement FROM pg_index i
     JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'memori'::regnamespace AND i.indisunique`,
  );
  for (const { statement } of indexes.rows) await client.query(statement);
  await client.query(`SET session_replication_role = 'replica'`);
}

async function tablesOf(client: Client): Promise<Table[]> {
  const { rows } = await client.query<{ name: string; columns: Column[] }>(
    `SELECT c.relname AS name, json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
       'category', t.typcategory, 'isNeeded', a.attnotnull) ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '') AS columns
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     JOIN pg_type t ON t.oid = a.atttypid
     WHERE c.relnamespace = 'memori'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
     GROUP BY c.relname ORDER BY 1`,
  );
  return rows.map((table) => ({ ...table, hasUser: table.columns.some(({ name }) => name === 'user_id') }));
}

async function insert(client: Client, { name, columns }: Table, scope: Scope): Promise<void> {
  const values = columns.map(({ name: column, type, category }) => {
    if (column === 'tenant_id') return `'${scope.tenant}'`;
    if (column === 'user_id') return scope.user === null ? 'NULL' : `'${scope.user}'`;
    return `${literalOf(type, category)}::${type}`;
  });
  const names = columns.map((column) => `"${column.name}"`).join(', ');
  await client.query(`INSERT INTO memori.${name} (${names}) OVERRIDING SYSTEM VALUE VALUES (${values.join(', ')})`);
}

function literalOf(type: string, category: string): string {
  if (type === 'uuid') return 'gen_random_uuid()';
  if (type.startsWith('json')) return `'{}'`;
  if (category === 'A') return `'{}'`;
  if (category === 'N') return '1';
  if (category === 'B') return 'false';
  if (category === 'D') return 'clock_timestamp()';
  if (type === 'bytea') return `'\\x00'`;
  if (category === 'T') return `'1 hour'`;
  return `'text'`;
}

/** As the role that the service connects as, standing in a scope or in none. */
async function asService<T>(scope: typeof OWN | undefined, work: (client: Client) => Promise<T>): Promise<T> {
  return withClient(db.config, async (client) => {
    await client.query('BEGIN');
    if (scope) await client.query('SELECT memori.enter($1, $2)', [scope.tenant, scope.user]);
    try {
      return await work(client);
    } finally {
      await client.query('ROLLBACK');
    }
  });
}

/** Refused outright, or done to so many rows. */
async function touched(client: Client, sql: string): Promise<number | string> {
  await client.query('SAVEPOINT here');
  try {
    return (await client.query(sql)).rowCount ?? 0;
  } catch (error) {
    await client.query('ROLLBACK TO here');
    return (error as { code: string }).code;
  }
}

const REFUSED = '42501';
const isByUser = ({ name, hasUser }: Table) => hasUser && !OF_THE_TENANT.includes(name);
const foreign = (table: Table) =>
  isByUser(table)
    ? `(tenant_id, user_id) IS DISTINCT FROM ('${OWN.tenant}', '${OWN.user}')`
    : `tenant_id <> '${OWN.tenant}'`;

describe('the wall around the rows of a scope', () => {
  it('stands around every table, but those of the installation', () => {
    expect(tables.filter((table) => !hasTenant(table)).map(({ name }) => name)).toEqual(OF_THE_INSTALLATION);
    expect(tables.filter(hasTenant).length).toBeGreaterThan(30);
  });

  it('binds the role of the service, which owns nothing and may not step over it', async () => {
    const { rows } = await withClient(db.config, (client) =>
      client.query(
        `SELECT rolsuper, rolbypassrls, (SELECT count(*)::int FROM pg_class WHERE relowner = r.oid) AS owns
         FROM pg_roles r WHERE rolname = current_user`,
      ),
    );
    expect(rows).toEqual([{ rolsuper: false, rolbypassrls: false, owns: 0 }]);
    const forced = await withClient(db.superuser, (client) =>
      client.query<{ name: string }>(
        `SELECT relname AS name FROM pg_class WHERE relnamespace = 'memori'::regnamespace AND relkind IN ('r', 'p')
           AND NOT relispartition AND relrowsecurity AND relforcerowsecurity ORDER BY 1`,
      ),
    );
    expect(forced.rows.map(({ name }) => name)).toEqual(tables.filter(hasTenant).map(({ name }) => name));
  });

  it('lets the service read nothing of another tenant or user, in any table', async () => {
    const seen: [string, unknown][] = [];
    let own = 0;
    await asService(OWN, async (client) => {
      for (const table of tables.filter(hasTenant)) {
        const others = await touched(client, `SELECT FROM memori.${table.name} WHERE ${foreign(table)}`);
        if (others !== 0 && others !== REFUSED) seen.push([table.name, others]);
        const mine = await touched(client, `SELECT FROM memori.${table.name} WHERE NOT (${foreign(table)})`);
        if (mine === 1 || (!isByUser(table) && mine === 2)) own++;
      }
    });

    expect(seen).toEqual([]);
    // What shows nothing of its own either would prove nothing.
    expect(own).toBeGreaterThan(30);
  });

  it('lets the service write nothing into another scope, nor change or erase what is there', async () => {
    const done: [string, string, unknown][] = [];
    await asService(OWN, async (client) => {
      for (const table of tables.filter(hasTenant)) {
        const { name, columns } = table;
        const names = columns.map((column) => `"${column.name}"`).join(', ');
        const values = columns.map(({ name: column, type, category }) =>
          column === 'tenant_id'
            ? `'tenant-b'`
            : column === 'user_id'
              ? `'user-b'`
              : `${literalOf(type, category)}::${type}`,
        );
        const tries = {
          insert: `INSERT INTO memori.${name} (${names}) OVERRIDING SYSTEM VALUE VALUES (${values.join(', ')})`,
          update: `UPDATE memori.${name} SET tenant_id = tenant_id WHERE ${foreign(table)}`,
          delete: `DELETE FROM memori.${name} WHERE ${foreign(table)}`,
        };
        for (const [what, sql] of Object.entries(tries)) {
          const outcome = await touched(client, sql);
          if (outcome !== 0 && outcome !== REFUSED) done.push([name, what, outcome]);
        }
      }
    });

    expect(done).toEqual([]);
  });

  it('shows nothing at all to whoever stands in no scope', async () => {
    const seen: [string, unknown][] = [];
    await asService(undefined, async (client) => {
      for (const { name } of tables.filter(hasTenant)) {
        const rows = await touched(client, `SELECT FROM memori.${name}`);
        if (rows !== 0 && rows !== REFUSED) seen.push([name, rows]);
      }
    });

    expect(seen).toEqual([]);
  });

  it('counts the vectors of memories and of tables among those tables', () => {
    const vectors = tables.filter(({ columns }) =>
      columns.some(({ name, type }) => name === 'embedding' && type === 'real[]'),
    );
    expect(vectors.map(({ name }) => name)).toEqual(expect.arrayContaining(['memory_vectors']));
    expect(vectors.every(hasTenant)).toBe(true);
  });
});
