import { testDatabase, type TestDatabase } from '@memori/testing';
import { withClient } from './embedded/roles';
import { Migrator, readMigrations, type Migration } from './migrator';

let db: TestDatabase;
beforeEach(async () => void (db = await testDatabase()));
afterEach(() => db.close());

// Each migration is taken back and applied again, several times over.
jest.setTimeout(60_000);

const all = readMigrations();
const aMigration = (name: string, up: string, down = ''): Migration => ({ name, up, down, checksum: name });
const tables = () =>
  withClient(db.superuser, async (client) => {
    const { rows } = await client.query(
      `SELECT n.nspname, c.relname, c.relkind, c.relrowsecurity, pg_get_userbyid(c.relowner) AS owner FROM pg_class c
       JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'memori' ORDER BY 2`,
    );
    const functions = await client.query(
      `SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'memori' ORDER BY 1`,
    );
    return [...rows, ...functions.rows];
  });

// Every migration down and up again, one by one: the more there are, the longer it takes.
jest.setTimeout(30_000);

describe('migrations', () => {
  it('go up, down to nothing, and up again to the same schema', async () => {
    const before = await tables();
    const migrator = new Migrator(db.owner);

    expect(await migrator.down(all.length)).toEqual(all.map(({ name }) => name).reverse());
    expect(await tables()).toEqual([]);

    expect(await migrator.up('memori')).toEqual(all.map(({ name }) => name));
    expect(await tables()).toEqual(before);
  });

  it('are each taken back and applied again by themselves', async () => {
    const before = await tables();
    for (let count = 1; count <= all.length; count++) {
      await new Migrator(db.owner).down(count);
      await new Migrator(db.owner).up('memori');
    }
    expect(await tables()).toEqual(before);
    // Every migration once for each that came after it.
  }, 60_000);

  it('of a newer Memori are left alone', async () => {
    await new Migrator(db.owner, [...all, aMigration('9000-future', 'CREATE TABLE memori.future (a int)')]).up();

    await expect(new Migrator(db.owner).up()).rejects.toThrow(
      /holds migration 9000-future, which this Memori does not know/,
    );
    await expect(new Migrator(db.owner).down(1)).rejects.toThrow(/9000-future/);
  });

  it('that were changed after they ran are noticed', async () => {
    const changed = all.map((migration, index) => (index === 0 ? { ...migration, checksum: 'other' } : migration));
    await expect(new Migrator(db.owner, changed).up()).rejects.toThrow(
      /0001-base is not the one that made this database/,
    );
  });

  it('that fail leave nothing of themselves and keep those before', async () => {
    const good = aMigration('9000-good', 'CREATE TABLE memori.good (a int)');
    const bad = aMigration('9001-bad', 'CREATE TABLE memori.half (a int); SELECT 1/0;');

    await expect(new Migrator(db.owner, [...all, good, bad]).up()).rejects.toThrow(
      /Migration 9001-bad failed and was rolled back: division by zero/,
    );

    const names = (await tables()).map(({ relname }) => relname as string);
    expect(names).toContain('good');
    expect(names).not.toContain('half');
  });

  it('run once when several processes start together', async () => {
    const next = [...all, aMigration('9000-slow', 'SELECT pg_sleep(0.05); CREATE TABLE memori.slow (a int)')];

    const applied = await Promise.all([1, 2, 3, 4].map(() => new Migrator(db.owner, next).up()));

    expect(applied.flat()).toEqual(['9000-slow']);
  });
});

describe('the runtime role', () => {
  const asRuntime = (sql: string) =>
    withClient(db.config, (client) => client.query(`SELECT memori.enter('default', 'admin'); ${sql}`));

  it('adds to the audit log and reads it, and changes nothing in it', async () => {
    await asRuntime(`INSERT INTO memori.audit_log (tenant_id, user_id, action) VALUES ('default', 'admin', 'tested')`);
    await expect(asRuntime(`UPDATE memori.audit_log SET action = 'x'`)).rejects.toThrow(/permission denied/);
    await expect(asRuntime('DELETE FROM memori.audit_log')).rejects.toThrow(/permission denied/);
    await expect(asRuntime('TRUNCATE memori.audit_log')).rejects.toThrow(/permission denied/);
  });

  it('leaves the audit log append-only for its owner too', async () => {
    await asRuntime(`INSERT INTO memori.audit_log (tenant_id, user_id, action) VALUES ('default', 'admin', 'tested')`);
    const asOwner = (sql: string) =>
      withClient(db.owner, (client) => client.query(`SELECT memori.enter('*', '*'); ${sql}`));
    await expect(asOwner(`UPDATE memori.audit_log SET action = 'x'`)).rejects.toThrow(/append-only/);
    await expect(asOwner('TRUNCATE memori.audit_log')).rejects.toThrow(/append-only/);
  });

  it('makes and drops no tables, and does not touch the list of migrations', async () => {
    await expect(asRuntime('CREATE TABLE memori.mine (a int)')).rejects.toThrow(/permission denied/);
    await expect(asRuntime('DROP TABLE memori.users')).rejects.toThrow(/must be owner/);
    await expect(asRuntime('ALTER TABLE memori.users DISABLE ROW LEVEL SECURITY')).rejects.toThrow(/must be owner/);
    await expect(asRuntime('DELETE FROM memori.migrations')).rejects.toThrow(/permission denied/);
  });

  it('is kept within its tenant in every table that has one', async () => {
    const { rows } = await withClient(db.superuser, (client) =>
      client.query(
        `SELECT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'memori' AND c.relkind IN ('r', 'p') AND a.attname = 'tenant_id' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)`,
      ),
    );
    expect(rows).toEqual([]);
  });
});
