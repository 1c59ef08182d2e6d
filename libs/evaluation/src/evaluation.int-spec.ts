import { GoldRunner, questionCases, type QuestionCase } from '@memori/golds';
import { emptyDatabase, type EmptyDatabase } from '@memori/testing';
import { readCatalog, readValues, SqlGuard } from '@memori/text2sql';
import { evaluateGuard } from './guard-evaluation';
import { evaluateLinking } from './linking-evaluation';
import { schemaMap } from './schema-map';
import { SourceCatalogs } from './source-catalogs';
import { statementCases } from './statement-cases';
import { SourceValues } from './value-recall';

const SCRIPT = `
  CREATE SCHEMA shop; CREATE SCHEMA bank;
  CREATE TABLE shop.customers (id int PRIMARY KEY, name text, city text);
  CREATE TABLE shop.orders (id int PRIMARY KEY, customer_id int REFERENCES shop.customers, ordered_on date, total numeric);
  CREATE TABLE bank.customers (id int PRIMARY KEY, name text);
  CREATE TABLE bank.accounts (id int PRIMARY KEY, customer_id int REFERENCES bank.customers, iban text, balance numeric);
  CREATE TABLE bank.branches (id int PRIMARY KEY, town text);
  INSERT INTO bank.branches VALUES (1, 'Zürich'), (2, 'Oslo');
  INSERT INTO shop.customers VALUES (1, 'Ann', 'Paris'), (2, 'Bob', 'Paris');`;

const aCase = (dbId: string, question: string, gold: string, id = question): QuestionCase =>
  questionCases([{ fields: { id, db_id: dbId, question, gold }, place: '' }])[0] as QuestionCase;

const aStatement = (sql: string, statementClass: string) =>
  statementCases([{ fields: { sql, class: statementClass }, place: sql }])[0] as ReturnType<typeof statementCases>[0];

describe('evaluations on a real database', () => {
  const guard = new SqlGuard();
  const quiet = () => undefined;
  let database: EmptyDatabase;
  let catalogs: SourceCatalogs;

  beforeAll(async () => {
    database = await emptyDatabase(SCRIPT);
    const whole = await readCatalog(database.url);
    catalogs = new SourceCatalogs(whole, schemaMap('lower(db_id)', whole.schemas));
  });
  afterAll(async () => {
    await guard.onApplicationShutdown();
    await database.close();
  });

  it('measures linking inside each schema and over all of them', async () => {
    const cases = [
      aCase(
        'Shop',
        'total of orders by customer',
        'SELECT name, sum(total) FROM orders JOIN customers c ON c.id = customer_id GROUP BY 1',
      ),
      aCase('bank', 'balance of the accounts', 'SELECT balance FROM accounts'),
    ];

    for (const pooled of [false, true]) {
      const { n, skipped, metrics, items } = await evaluateLinking(
        cases,
        catalogs,
        guard,
        { pooled, model: 'claude-sonnet-5-5' },
        quiet,
      );
      expect({ n, skipped }).toEqual({ n: 2, skipped: [] });
      expect(metrics['strictRecallAt10']?.value).toBe(1);
      expect(items[0]?.['gold']).toEqual(['shop.orders', 'shop.customers']);
      expect((items[0]?.['linked'] as string[]).some((name) => name.startsWith('bank.'))).toBe(pooled);
    }
  });

  it('measures which stored spellings of the gold are offered, and chooses tables by values', async () => {
    const cases = [
      aCase('bank', 'what is in zurich', "SELECT id FROM branches WHERE town = 'Zürich'"),
      aCase('bank', 'what is up north', "SELECT id FROM branches WHERE town IN ('Oslo', 'Bergen')"),
      aCase('shop', 'who is there', "SELECT id FROM customers WHERE city LIKE 'P%' AND id > 0"),
    ];
    const { columns } = await readValues(database.url, catalogs.whole, 'safe');
    const runner = await GoldRunner.connect(database.url);
    const values = new SourceValues(columns, runner);

    const { metrics, items } = await evaluateLinking(
      cases,
      catalogs,
      guard,
      { pooled: true, model: 'claude-sonnet-5-5', values },
      quiet,
    );

    await runner.close();
    expect(metrics['valueRecall']?.value).toBe(1 / 2);
    expect(metrics['valueQuestions']?.value).toBe(1 / 2);
    expect(items.map((item) => item['missedValues'])).toEqual([undefined, ['Oslo'], undefined]);
    expect((items[0]?.['linked'] as string[])[0]).toBe('bank.branches');
  });

  it('measures with aliases and, in the same run, without them', async () => {
    const cases = [
      aCase('bank', '各网点在哪里?', 'SELECT town FROM branches'),
      aCase('bank', '每位客户的余额', 'SELECT name, balance FROM accounts JOIN customers USING (id)'),
    ];
    const aliases = [
      { schema: 'bank', table: 'branches', column: '', aliases: ['支行网点'] },
      { schema: 'bank', table: 'accounts', column: 'balance', aliases: ['余额'] },
      { schema: 'bank', table: 'gone', column: '', aliases: ['客户'] },
    ];
    // Where no letter helps, the best connected tables stand in: these are connected better than the bank's.
    const other = Array.from(
      { length: 12 },
      (_, n) =>
        `CREATE TABLE shop.filler_${n} (id int REFERENCES shop.orders, who int REFERENCES shop.customers, "to" int REFERENCES shop.customers);`,
    );
    const crowded = await emptyDatabase(`${SCRIPT}${other.join('')}`);
    const whole = await readCatalog(crowded.url);

    for (const pooled of [true, false]) {
      const options = { pooled, model: 'claude-sonnet-5-5', aliases };
      const own = new SourceCatalogs(whole, schemaMap('lower(db_id)', whole.schemas));
      const { metrics, items } = await evaluateLinking(cases, own, guard, options, quiet);

      expect(metrics['strictRecallAt10']?.value).toBe(1);
      expect(metrics['strictRecallAt10WithoutAliases']?.value).toBe(pooled ? 0 : 1);
      expect(metrics['noTableAlias']?.value).toBe(1);
      expect(metrics['noAlias']?.value).toBe(1 / 2);
      expect(items.map(({ okWithoutAliases }) => okWithoutAliases)).toEqual([!pooled, !pooled]);
      expect(items.map(({ aliasesUsed }) => aliasesUsed)).toEqual([[], ['余额']]);
    }
    await crowded.close();
  });

  it('skips what cannot be judged, and says why', async () => {
    const cases = [
      aCase('nowhere', 'x', 'SELECT 1'),
      aCase('shop', 'y', 'DELETE FROM orders'),
      aCase('shop', 'z', 'SELECT 1'),
    ];

    const { n, skipped } = await evaluateLinking(cases, catalogs, guard, { pooled: false, model: 'm' }, quiet);

    expect(n).toBe(0);
    expect(skipped).toEqual([
      { id: 'x', reason: 'there is no schema for db_id "nowhere"' },
      { id: 'y', reason: 'its gold is refused: not-a-select' },
      { id: 'z', reason: 'its gold reads no table' },
    ]);
  });

  it('counts false alarms by the real catalogue and misses by one in which every name exists', async () => {
    const golds = [aCase('shop', 'a', 'SELECT city FROM customers'), aCase('shop', 'b', 'SELECT iban FROM accounts')];
    const statements = [
      aStatement('SELECT x, t.y FROM t JOIN s.u ON t.id = u.id WHERE lower(x) > $$a$$', 'read_only_select'),
      aStatement('DELETE FROM t', 'dml'),
      aStatement('WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d', 'data_modifying_cte'),
      aStatement('SELECT a INTO b FROM t', 'select_into'),
      aStatement('SELECT a FROM t FOR UPDATE', 'select_for_update'),
      aStatement('SELECT relname FROM pg_class', 'select_system_catalog'),
      aStatement('SELECT pg_sleep(1)', 'select_side_effect_function'),
      aStatement('SELEC 1', 'unparseable'),
      // A wrong label: the guard gives another code, which counts as a miss.
      aStatement('DELETE FROM t', 'select_into'),
    ];

    const { metrics, items } = await evaluateGuard({ golds, statements }, catalogs, guard, quiet);

    expect(metrics['falseAlarms']?.value).toBe(0.5);
    expect(metrics['acceptedReads']?.value).toBe(1);
    expect(metrics['misses']?.value).toBe(1 / 8);
    expect(items.filter(({ ok }) => !ok).map(({ id }) => id)).toEqual(['b', 'DELETE FROM t']);
  });
});
