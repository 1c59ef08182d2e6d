import { emptyDatabase, testDatabase, type TestDatabase } from '@memori/testing';
import { SYSTEM_SCOPE } from './db-scope';

let db: TestDatabase;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

describe('a scoped transaction', () => {
  it('sees the rows of its tenant', async () => {
    const rows = await db.database.query({ tenantId: 'default' }, 'SELECT id FROM memori.users');
    expect(rows).toEqual([{ id: 'admin' }]);
  });

  it('sees nothing of another tenant', async () => {
    expect(await db.database.query({ tenantId: 'other' }, 'SELECT id FROM memori.users')).toEqual([]);
  });

  it('commits', async () => {
    await db.database.transaction(SYSTEM_SCOPE, (tx) => tx.query(`INSERT INTO memori.tenants (id, name) VALUES ('b', 'b')`));
    expect(await db.database.call('SELECT id FROM memori.tenants ORDER BY id')).toEqual([{ id: 'b' }, { id: 'default' }]);
  });
});

it('makes an empty database to read from', async () => {
  const source = await emptyDatabase('CREATE TABLE t (a int); INSERT INTO t VALUES (1);');
  await source.close();
});
