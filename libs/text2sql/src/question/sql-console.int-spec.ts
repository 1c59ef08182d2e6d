import { newId } from '@memori/scope';
import { SqlConsole } from '@memori/text2sql';
import { ADMIN, questionWorld, type QuestionWorld } from '../../../../test/support/question-world';

let world: QuestionWorld;
let console: SqlConsole;

beforeAll(async () => {
  world = await questionWorld();
  console = world.get(SqlConsole);
}, 30_000);
afterAll(() => world?.close());

describe('checking SQL', () => {
  it('tells what a statement reads', async () => {
    const check = await console.check(ADMIN, { sql: 'SELECT lower(name) FROM customers WHERE vip' });

    expect(check).toEqual({
      allowed: true,
      violations: [],
      relations: [{ schema: 'public', name: 'customers' }],
      columns: expect.arrayContaining([
        { schema: 'public', table: 'customers', name: 'name' },
        { schema: 'public', table: 'customers', name: 'vip' },
      ]),
      functions: ['lower'],
    });
  });

  it('asks the data source only when told to, and only what the guard allowed', async () => {
    const allowed = await console.check(ADMIN, { sql: 'SELECT * FROM orders', explain: true });
    const refused = await console.check(ADMIN, { sql: 'DELETE FROM orders', explain: true });

    expect(allowed.estimatedRows).toBeGreaterThan(0);
    expect(refused).toMatchObject({ allowed: false, violations: [{ code: 'not-a-select', position: 1 }] });
    expect(refused.estimatedRows).toBeUndefined();
  });

  it('counts positions in characters, after Chinese and emoji too', async () => {
    const { violations } = await console.check(ADMIN, { sql: "SELECT '客户😀', nope FROM customers" });

    expect(violations).toMatchObject([{ code: 'unknown-column', position: 15 }]);
  });

  it('takes whatever it is given for SQL', async () => {
    for (const sql of ['', ' ', ';', 'hello', '-- nothing']) {
      expect((await console.check(ADMIN, { sql })).allowed).toBe(false);
    }
    await expect(console.check(ADMIN, { sql: 'a\0b' })).rejects.toMatchObject({ code: 'invalid-request' });
    await expect(console.check(ADMIN, { sql: 'x'.repeat(20_001) })).rejects.toMatchObject({ code: 'invalid-request' });
  });
});

describe('running SQL', () => {
  it('returns rows, and leaves a row in the audit log', async () => {
    const requestId = newId();

    const result = await console.run(ADMIN, { sql: 'SELECT id FROM orders ORDER BY id;', maxRows: 2 }, { requestId });

    expect(result).toMatchObject({
      columns: [{ name: 'id', type: 'integer' }],
      rows: ['[1]', '[2]'],
      rowCount: 2,
      truncated: true,
    });
    const [row] = await world.sql('SELECT action, subject_id, details FROM memori.audit_log WHERE request_id = $1', [
      requestId,
    ]);
    expect(row).toMatchObject({
      action: 'sql.run',
      subject_id: world.dataSource.id,
      details: { outcome: 'ok', rowCount: 2, relations: ['public.orders'] },
    });
  });

  it('leaves that row also when PostgreSQL refused the statement', async () => {
    const requestId = newId();

    await expect(console.run(ADMIN, { sql: 'SELECT 1 / 0 AS x FROM orders' }, { requestId })).rejects.toMatchObject({
      code: 'sql-failed',
    });

    const [row] = await world.sql('SELECT details FROM memori.audit_log WHERE request_id = $1', [requestId]);
    expect(row).toMatchObject({ details: { outcome: 'sql-failed' } });
  });

  it.each([
    ['DELETE FROM orders', 'sql-not-allowed'],
    ['SELECT 1; SELECT 2', 'sql-not-allowed'],
    ['SELECT pg_sleep(1)', 'sql-not-allowed'],
    ['SELECT * FROM orders WHERE id = $1', 'sql-not-allowed'],
  ])('refuses %s', async (sql, code) => {
    await expect(console.run(ADMIN, { sql })).rejects.toMatchObject({
      code,
      facts: { violations: [expect.anything()] },
    });
  });

  it('is not for readers', async () => {
    const reader = { ...ADMIN, roles: ['reader' as const] };

    await expect(console.run(reader, { sql: 'SELECT 1' })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(console.check(reader, { sql: 'SELECT 1' })).rejects.toMatchObject({ code: 'forbidden' });
  });
});
