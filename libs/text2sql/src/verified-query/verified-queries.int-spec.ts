import { withClient } from '@memori/database';
import { DataSources, SqlConsole, VerifiedQueries, type VerifiedQueryInput } from '@memori/text2sql';
import {
  ADMIN,
  questionWorld,
  type QuestionProcess,
  type QuestionWorld,
} from '../../../../test/support/question-world';

let world: QuestionWorld;
/** Answers what needs no model, and nothing else. */
let bare: QuestionProcess;
let queries: VerifiedQueries;

beforeAll(async () => {
  world = await questionWorld();
  bare = await world.start({ MEMORI_ANTHROPIC_API_KEY: '' });
  queries = world.get(VerifiedQueries);
}, 30_000);
afterAll(() => world?.close());
beforeEach(() => world.claude.reset());

const IN_CITY =
  'SELECT count(*) AS n FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.city = $1 AND o.ordered_on >= $2';
const BY_CITY: VerifiedQueryInput = {
  question: 'Orders in {city} since {day}',
  sql: IN_CITY,
  parameters: [
    { name: 'city', type: 'text', column: 'customers.city' },
    { name: 'day', type: 'date' },
  ],
};

function ask(question: string) {
  return bare.questions.ask(ADMIN, { question }, { waitMs: 20_000 });
}

/** Alone in the book for one test. */
async function withQuery<T>(input: VerifiedQueryInput, work: (id: string) => Promise<T>): Promise<T> {
  const { id } = await queries.create(ADMIN, input);
  try {
    return await work(id);
  } finally {
    await queries.delete(ADMIN, id);
  }
}

describe('a verified query', () => {
  it('answers its question without a model, however it is typed', async () => {
    const input = {
      question: 'How many customers do we have?',
      sql: 'SELECT count(*) AS n FROM customers;',
      description: 'All customers, VIPs included.',
    };
    await withQuery(input, async () => {
      const { answer, rows } = await ask('  how many CUSTOMERS do we have ');

      expect(rows).toEqual(['["30"]']);
      expect(answer).toMatchObject({
        status: 'answered',
        source: 'verified-query',
        sql: 'SELECT count(*) AS n FROM customers',
        explanation: 'All customers, VIPs included.',
        confidence: 'high',
        usage: { model: null, attempts: 0, costUsd: 0 },
      });
      expect((await ask('How many customers do we have in Paris?')).answer.error?.code).toBe('model-not-configured');
    });
  });

  it('binds the values that stand in the question, as their column spells them', async () => {
    await withQuery(BY_CITY, async () => {
      const { answer, rows } = await ask('orders in paris since 2024-06-01?');
      const direct = await world.get(SqlConsole).run(ADMIN, {
        sql: "SELECT count(*) AS n FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.city = 'Paris' AND o.ordered_on >= '2024-06-01'",
      });

      expect(rows).toEqual(direct.rows);
      expect(answer).toMatchObject({
        explanation: 'Orders in Paris since 2024-06-01',
        assumptions: ['city = Paris', 'day = 2024-06-01'],
        sql: IN_CITY,
      });
    });
  });

  it('never splices a value into its SQL', async () => {
    const text: VerifiedQueryInput = {
      question: 'Customer {name}',
      sql: 'SELECT id FROM customers WHERE name = $1',
      parameters: [{ name: 'name', type: 'text' }],
    };
    await withQuery(text, async () => {
      const { answer, rows } = await ask("Customer x' OR 'a' = 'a");

      expect(answer.source === 'verified-query' ? rows : []).toEqual([]);
      expect((await ask('Customer Customer 7')).rows).toEqual(['[7]']);
    });
  });

  it('answers in Chinese as well', async () => {
    const chinese = { ...BY_CITY, question: '{city}自{day}以来的订单' };
    await withQuery(chinese, async () => {
      const { answer } = await ask('上海自2024年6月1日以来的订单？');

      expect(answer).toMatchObject({ source: 'verified-query', explanation: '上海自2024-06-01以来的订单' });
    });
  });

  it('leaves it to the model when two of them could be meant', async () => {
    const name = { name: 'who', type: 'text' as const };
    const narrow = { question: 'Orders of {who}', sql: 'SELECT id FROM customers WHERE name = $1', parameters: [name] };
    const wide = {
      question: '{what} of {who}',
      sql: 'SELECT name FROM customers WHERE city = $1 OR city = $2',
      parameters: [{ name: 'what', type: 'text' as const }, name],
    };
    await withQuery(narrow, async () => {
      expect((await ask('Orders of Ada')).answer.source).toBe('verified-query');
      await withQuery(wide, async () => {
        expect((await ask('Orders of Ada')).answer.error?.code).toBe('model-not-configured');
      });
    });
  });

  it('may be a long one in Chinese, and finds itself', async () => {
    const question = `${'请列出每个城市的客户数量以及他们的订单总额'.repeat(40)}一共多少？`;
    await withQuery({ question, sql: 'SELECT count(*) AS n FROM customers' }, async () => {
      const again = queries.create(ADMIN, { question: `${question} `, sql: 'SELECT 1 AS n' });

      await expect(again).rejects.toMatchObject({ code: 'conflict' });
      expect((await ask(question)).answer).toMatchObject({ source: 'verified-query' });
    });
  });

  it('finds a value that ends with a mark of its own', async () => {
    await withClient(world.source.admin, (client) =>
      client.query("INSERT INTO customers VALUES (900, 'E.T.', 'Paris'), (901, 'Motta (2)', 'Paris')"),
    );
    const input: VerifiedQueryInput = {
      question: 'Where does {name} live?',
      sql: 'SELECT city FROM customers WHERE name = $1',
      parameters: [{ name: 'name', type: 'text', column: 'customers.name' }],
    };
    await withQuery(input, async () => {
      expect((await ask('Where does e.t. live?')).rows).toEqual(['["Paris"]']);
      expect((await ask('Where does "Motta (2)" live?')).rows).toEqual(['["Paris"]']);
      expect((await ask('Where does Motta live?')).answer.error?.code).toBe('model-not-configured');
    });
    await withClient(world.source.admin, (client) => client.query('DELETE FROM customers WHERE id >= 900'));
  });

  it('cannot be one that another answers already, whatever its blanks are called', async () => {
    await withQuery(BY_CITY, async () => {
      const twin = {
        ...BY_CITY,
        question: 'orders in {place}, since {when}?',
        parameters: [
          { name: 'place', type: 'text' as const },
          { name: 'when', type: 'date' as const },
        ],
      };
      await expect(queries.create(ADMIN, twin)).rejects.toMatchObject({ code: 'conflict' });
    });
  });

  it('is shown to the model as an example when it is near', async () => {
    await withQuery(
      {
        question: 'Revenue of VIP customers',
        sql: 'SELECT sum(amount) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.vip',
      },
      async () => {
        world.claude.next('SELECT 1 AS x FROM orders LIMIT 1');

        await world.ask('What was the revenue of customers in Paris?');

        expect(world.claude.lastRequest.systemText).toContain('Revenue of VIP customers');
      },
    );
  });

  it('is seen by another process as soon as it is there, and no longer than it is', async () => {
    const input = { question: 'A quick one?', sql: 'SELECT 1 AS one FROM customers LIMIT 1' };
    await withQuery(input, async () => expect((await ask('A quick one?')).rows).toEqual(['[1]']));

    expect((await ask('A quick one?')).answer.error?.code).toBe('model-not-configured');
  });

  it('that no longer fits its tables becomes stale when the data source is synchronised', async () => {
    const inSource = (sql: string) => withClient(world.source.admin, (client) => client.query(sql));
    const fits = { question: 'How many orders?', sql: 'SELECT count(*) AS n FROM orders' };
    const fitsNot = { question: 'How many are VIPs?', sql: 'SELECT count(*) AS n FROM customers WHERE vip' };
    await inSource('CREATE TABLE marks (n int); INSERT INTO marks VALUES (1)');
    await world.get(DataSources).sync(ADMIN, 'shop');
    const typed = { question: 'How many marks?', sql: 'SELECT sum(n + 1) AS n FROM marks' };

    await withQuery(fits, (kept) =>
      withQuery(fitsNot, (gone) =>
        withQuery(typed, async (changed) => {
          await inSource('ALTER TABLE customers RENAME vip TO very_important; ALTER TABLE marks ALTER n TYPE text');
          await world.get(DataSources).sync(ADMIN, 'shop');

          const statusOf = async (id: string) => (await queries.get(ADMIN, id)).status;
          expect(await Promise.all([kept, gone, changed].map(statusOf))).toEqual(['verified', 'stale', 'stale']);
        }),
      ),
    );
    await inSource('ALTER TABLE customers RENAME very_important TO vip; DROP TABLE marks');
    await world.get(DataSources).sync(ADMIN, 'shop');
  });

  it('that no longer fits its tables becomes stale, and the model answers', async () => {
    await withClient(world.source.admin, (client) =>
      client.query('CREATE VIEW vips AS SELECT id FROM customers WHERE vip'),
    );
    await world.get(DataSources).sync(ADMIN, world.dataSource.id);
    await withQuery({ question: 'How many VIPs?', sql: 'SELECT count(*) AS n FROM vips' }, async (id) => {
      await withClient(world.source.admin, (client) => client.query('DROP VIEW vips'));
      world.claude.next('SELECT count(*) AS n FROM customers WHERE vip');

      const { answer, rows } = await world.ask('How many VIPs?');

      expect(answer.source).toBe('model');
      expect(rows).toEqual(['["6"]']);
      expect((await queries.get(ADMIN, id)).status).toBe('stale');
    });
  });
});

describe('what cannot be verified', () => {
  it.each<[string, VerifiedQueryInput, string]>([
    ['SQL that writes', { question: 'x y', sql: 'DELETE FROM customers' }, 'sql-not-allowed'],
    ['SQL that does not fit the tables', { question: 'x y', sql: 'SELECT nope FROM customers' }, 'sql-not-allowed'],
    [
      'a value of another type than its place',
      {
        question: 'x {day}',
        sql: 'SELECT 1 FROM orders WHERE amount = $1',
        parameters: [{ name: 'day', type: 'date' }],
      },
      'sql-failed',
    ],
    [
      'a blank that is not declared',
      { question: 'x {day}', sql: 'SELECT 1 FROM orders WHERE ordered_on = $1' },
      'invalid-request',
    ],
    [
      'a value without a blank',
      { question: 'x', sql: 'SELECT 1 FROM orders WHERE ordered_on = $1', parameters: [{ name: 'day', type: 'date' }] },
      'invalid-request',
    ],
    [
      'a value that the SQL does not use',
      { question: 'x {day}', sql: 'SELECT 1 FROM orders', parameters: [{ name: 'day', type: 'date' }] },
      'invalid-request',
    ],
    [
      'a column that is not there',
      {
        question: 'x {c}',
        sql: 'SELECT 1 FROM customers WHERE city = $1',
        parameters: [{ name: 'c', type: 'text', column: 'customers.town' }],
      },
      'invalid-request',
    ],
    ['no question', { question: '??', sql: 'SELECT 1 FROM customers' }, 'invalid-request'],
  ])('%s', async (_, input, code) => {
    await expect(queries.create(ADMIN, input)).rejects.toMatchObject({ code });
  });

  it('by a member, or seen by another tenant', async () => {
    const member = { ...ADMIN, roles: ['member' as const] };
    await expect(queries.create(member, { question: 'x', sql: 'SELECT 1' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await withQuery({ question: 'Ours?', sql: 'SELECT 1 AS x FROM customers' }, async (id) => {
      await world.sql("INSERT INTO memori.tenants (id, name) VALUES ('other', 'other') ON CONFLICT DO NOTHING");
      await expect(queries.get({ ...ADMIN, tenantId: 'other' }, id)).rejects.toMatchObject({ code: 'not-found' });
    });
  });
});

describe('many at once', () => {
  it('come in by the line, and go out the same way', async () => {
    const lines = [
      JSON.stringify(BY_CITY),
      '',
      'no json',
      JSON.stringify({ question: 'Bad?', sql: 'DROP TABLE orders' }),
      JSON.stringify({ question: 'Count?', sql: 'SELECT count(*) FROM orders' }),
      JSON.stringify({ question: 'Misspelt?', sql: 'SELECT 1', paramters: [] }),
    ];

    const first = await queries.importNdjson(ADMIN, 'shop', lines);
    const again = await queries.importNdjson(ADMIN, 'shop', [lines[4] ?? '']);
    const exported: unknown[] = [];
    for await (const line of queries.exportNdjson(ADMIN, 'shop')) exported.push(JSON.parse(line));

    expect(first).toMatchObject({
      created: 2,
      updated: 0,
      failed: [
        { line: 3, code: 'invalid-request' },
        { line: 4, code: 'sql-not-allowed' },
        { line: 6, code: 'invalid-request', message: expect.stringContaining('paramters') },
      ],
    });
    expect(again).toMatchObject({ created: 0, updated: 1 });
    expect(exported).toEqual([
      { ...BY_CITY, description: null, status: 'verified' },
      { question: 'Count?', sql: 'SELECT count(*) FROM orders', parameters: [], description: null, status: 'verified' },
    ]);
    const { items } = await queries.list(ADMIN, 'shop', { limit: 50 });
    for (const { id } of items) await queries.delete(ADMIN, id);
  });

  it('changes one and checks it again', async () => {
    await withQuery({ question: 'Change me?', sql: 'SELECT 1 AS x FROM customers LIMIT 1' }, async (id) => {
      await expect(queries.update(ADMIN, id, { sql: 'SELECT zzz FROM customers' })).rejects.toMatchObject({
        code: 'sql-not-allowed',
      });

      const changed = await queries.update(ADMIN, id, { sql: 'SELECT 2 AS x FROM customers LIMIT 1' });

      expect(changed).toMatchObject({ question: 'Change me?', sql: 'SELECT 2 AS x FROM customers LIMIT 1' });
      expect((await ask('change me')).rows).toEqual(['[2]']);
    });
  });
});
