import { Column, Entity, PrimaryColumn } from 'typeorm';
import { testDatabase, type TestDatabase } from '@memori/testing';
import { connectDataSource, dataSourceOptions } from './data-source';
import { Database } from './database';
import { SYSTEM_SCOPE } from './db-scope';
import { withClient } from './embedded/roles';

@Entity({ schema: 'memori', name: 'users' })
class UserRow {
  @PrimaryColumn({ type: 'text', name: 'tenant_id' }) tenantId!: string;
  @PrimaryColumn({ type: 'text' }) id!: string;
  @Column({ type: 'timestamptz', name: 'created_at', default: () => 'now()' }) createdAt!: Date;
}

const A = { tenantId: 'a' };
let db: TestDatabase;

beforeAll(async () => {
  db = await testDatabase({ entities: [UserRow], poolSize: 3 });
  await db.database.transaction(SYSTEM_SCOPE, async (tx) => {
    await tx.query(`INSERT INTO memori.tenants (id, name) VALUES ('a', 'a'), ('b', 'b')`);
    await tx.query(`INSERT INTO memori.users (tenant_id, id) VALUES ('a', 'ann'), ('b', 'bob')`);
  });
});
afterAll(() => db.close());

const usersSeenBy = (scope: { tenantId: string; userId?: string }) =>
  db.database
    .query<{ id: string }>(scope, 'SELECT id FROM memori.users ORDER BY id')
    .then((rows) => rows.map(({ id }) => id));

describe('a scope', () => {
  it('sees its tenant, not the others', async () => {
    expect(await usersSeenBy(A)).toEqual(['ann']);
    expect(await usersSeenBy({ tenantId: 'b' })).toEqual(['bob']);
  });

  it('of the system sees everybody, of nobody nobody', async () => {
    expect(await usersSeenBy(SYSTEM_SCOPE)).toEqual(['admin', 'ann', 'bob']);
    expect(await db.database.call('SELECT id FROM memori.users')).toEqual([]);
  });

  it('cannot write into another tenant', async () => {
    const write = db.database.query(A, `INSERT INTO memori.users (tenant_id, id) VALUES ('b', 'intruder')`);
    await expect(write).rejects.toThrow(/row-level security/);
    expect(await usersSeenBy({ tenantId: 'b' })).toEqual(['bob']);
  });

  it('does not stay on the connection for whoever comes next', async () => {
    await db.database.transaction(A, (tx) => tx.query('SELECT 1'));
    const left = await Promise.all(
      [1, 2, 3].map(() => db.database.call(`SELECT current_setting('memori.tenant_id', true) AS t`)),
    );
    for (const [row] of left) expect(row?.t ?? '').toBe('');
  });

  it.each([`o'brien`, `\\'; DROP TABLE memori.users; --`, '用户 "x"', '%_', `a','*`])(
    'may be named %s',
    async (tenantId) => {
      const rows = await db.database.query(
        { tenantId, userId: tenantId },
        `SELECT current_setting('memori.tenant_id') AS t, current_setting('memori.user_id') AS u`,
      );
      expect(rows).toEqual([{ t: tenantId, u: tenantId }]);
    },
  );
});

describe('a transaction', () => {
  it('leaves nothing behind when its work throws', async () => {
    const failing = db.database.transaction(A, async (tx) => {
      await tx.query(`INSERT INTO memori.users (tenant_id, id) VALUES ('a', 'gone')`);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await usersSeenBy(A)).toEqual(['ann']);
  });

  it('does not claim to have committed what an error inside had undone', async () => {
    const swallowing = db.database.transaction(A, async (tx) => {
      await tx.query(`INSERT INTO memori.users (tenant_id, id) VALUES ('a', 'lost')`);
      await tx.query('SELECT 1/0').catch(() => undefined);
    });
    await expect(swallowing).rejects.toThrow('had failed before it could commit');
    expect(await usersSeenBy(A)).toEqual(['ann']);
  });

  it('gives TypeORM the same transaction, savepoints included', async () => {
    const undone = db.database.transaction(A, async (tx) => {
      await tx.manager.save(UserRow, { tenantId: 'a', id: 'by-typeorm' });
      await tx.manager.transaction((inner) => inner.insert(UserRow, { tenantId: 'a', id: 'nested' }));
      expect(await tx.query('SELECT count(*)::int AS n FROM memori.users')).toEqual([{ n: 3 }]);
      expect(await tx.manager.find(UserRow, { select: { id: true }, order: { id: 'ASC' } })).toEqual([
        { id: 'ann' },
        { id: 'by-typeorm' },
        { id: 'nested' },
      ]);
      throw new Error('undo');
    });
    await expect(undone).rejects.toThrow('undo');
    expect(await usersSeenBy(A)).toEqual(['ann']);
  });

  it('refuses a statement that was forgotten and comes late', async () => {
    const forgotten = await db.database.transaction(A, async (tx) => tx);
    await expect(forgotten.query('SELECT 1')).rejects.toThrow('This transaction is over');
  });

  it('runs again after a serialization failure when asked to', async () => {
    let runs = 0;
    const work = () =>
      db.database.transaction(
        SYSTEM_SCOPE,
        async (tx) => {
          await tx.query(`SELECT name FROM memori.tenants WHERE id = 'a'`);
          if (++runs === 1)
            await db.database.query(SYSTEM_SCOPE, `UPDATE memori.tenants SET name = 'other' WHERE id = 'a'`);
          await tx.query(`UPDATE memori.tenants SET name = name || '+' WHERE id = 'a'`);
        },
        { isolation: 'repeatable read', retryConflicts: 2 },
      );
    await work();
    expect(runs).toBe(2);
    expect(await db.database.call(`SELECT name FROM memori.tenants WHERE id = 'a'`)).toEqual([{ name: 'other+' }]);
  });

  it('of a read-only kind writes nothing', async () => {
    const write = db.database.transaction(A, (tx) => tx.query(`DELETE FROM memori.users`), { readOnly: true });
    await expect(write).rejects.toThrow(/read-only/);
  });
});

describe('the counters', () => {
  const counters = () => db.database.counters;

  it('count BEGIN and the first statement as one round trip', async () => {
    counters().reset();
    await db.database.transaction(A, async (tx) => {
      await tx.query('SELECT 1');
      await tx.query('SELECT 2');
    });
    expect(counters()).toMatchObject({ roundTrips: 3, transactions: 1 });
  });

  it('count a single scoped statement as one round trip', async () => {
    counters().reset();
    await usersSeenBy(A);
    await db.database.call('SELECT 1');
    expect(counters()).toMatchObject({ roundTrips: 2, transactions: 1, calls: 1 });
  });

  it('tell commits that had to reach the disk from those that had not', async () => {
    counters().reset();
    counters().watchCommits = true;
    await usersSeenBy(A);
    await db.database.query(SYSTEM_SCOPE, `UPDATE memori.tenants SET name = 'n' WHERE id = 'b'`);
    await db.database.transaction(
      SYSTEM_SCOPE,
      (tx) => tx.query(`UPDATE memori.tenants SET name = 'm' WHERE id = 'b'`),
      { durable: false },
    );
    expect(await db.database.call(`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
    counters().watchCommits = false;
    expect(counters()).toMatchObject({ durableCommits: 1, transactions: 3, calls: 1, roundTrips: 5 });
  });
});

describe('a connection that is lost', () => {
  const endAll = () =>
    withClient(db.superuser, (client) =>
      client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'memori'`,
      ),
    );

  it('while idle is replaced without anybody noticing', async () => {
    await usersSeenBy(A);
    await endAll();
    await until(() =>
      usersSeenBy(A).then(
        () => true,
        () => false,
      ),
    );
    expect(await usersSeenBy(A)).toEqual(['ann']);
  });

  it('in the middle of a transaction fails that one as unavailable, and the next one works', async () => {
    const cut = db.database.transaction(A, async (tx) => {
      await tx.query(`INSERT INTO memori.users (tenant_id, id) VALUES ('a', 'cut')`);
      await endAll();
      await tx.query('SELECT 1');
    });
    await expect(cut).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'database-unavailable',
      facts: { retryable: true },
    });
    expect(await usersSeenBy(A)).toEqual(['ann']);
  });
});

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('what must not wait', () => {
  it('goes ahead of requests that have taken the whole pool', async () => {
    let finish = () => {};
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const busy = [1, 2, 3].map(() => db.database.transaction(A, () => finished));
    const behind = db.database.call('SELECT 1 AS one');

    const ahead = await db.database.callAhead('SELECT 2 AS two');
    const first = await Promise.race([behind.then(() => 'the request'), Promise.resolve('nobody')]);
    finish();

    expect([ahead, first]).toEqual([[{ two: 2 }], 'nobody']);
    expect(await behind).toEqual([{ one: 1 }]);
    await Promise.all(busy);
  });

  it('tells that the database is well before all that wait, and waits for a connection of its own no longer', async () => {
    const [finishes, busy] = [[] as (() => void)[], [] as Promise<unknown>[]];
    for (let taken = 0; taken < 3; taken++) {
      const finished = new Promise<void>((resolve) => finishes.push(resolve));
      busy.push(db.database.transaction(A, () => finished));
    }
    const order: string[] = [];
    const request = db.database.call('SELECT 1').then(() => order.push('request'));
    const health = db.database.callFirst('SELECT 2').then(() => order.push('health'));

    finishes[0]?.();
    await Promise.all([request, health]);
    for (const finish of finishes) finish();

    expect(order).toEqual(['health', 'request']);
    await Promise.all(busy);
  });
});

describe('a burst of more than there are connections', () => {
  it('is waited for longer than the opening of a connection may take', async () => {
    const options = dataSourceOptions(db.config, [], { poolSize: 1 });
    const extra = { ...options.extra, connectionTimeoutMillis: 100 };
    const dataSource = await connectDataSource({ ...options, extra });
    const database = new Database(dataSource);

    const answers = await Promise.all([
      database.call("SELECT pg_sleep(0.3), 'long' AS what"),
      database.call("SELECT 'behind it' AS what"),
    ]);

    expect(answers.map(([row]) => row?.what)).toEqual(['long', 'behind it']);
    await dataSource.destroy();
  });
});
