import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyDatabase, type EmptyDatabase, FakeClaude } from '@memori/testing';
import { parseEnv } from '@memori/config';
import { runCli } from '../apps/cli/src/run-cli';

// Every evaluation boots a Memori of its own, with an embedded PostgreSQL.
jest.setTimeout(240_000);

const REGISTER = join(__dirname, '../libs/testing/src/process/ts-register.cjs');

const SCRIPT = `
  CREATE SCHEMA shop;
  CREATE TABLE shop.customers (id int PRIMARY KEY, name text NOT NULL, city text NOT NULL);
  INSERT INTO shop.customers VALUES (1, 'Ann', 'Berlin'), (2, 'Bob', 'Paris'), (3, 'Cleo', 'Paris');
  CREATE TABLE shop.numbers AS SELECT n FROM generate_series(1, 2500) n;`;
const COUNT = 'How many customers are there?';
const CITIES = 'Customers of each city, most first';
const WEATHER = 'What will the weather be?';
const CASES = [
  { id: 'count', db_id: 'Shop', question: COUNT, query_pg: 'SELECT count(*) FROM customers', difficulty: 'easy' },
  {
    id: 'cities',
    db_id: 'Shop',
    question: CITIES,
    gold: ['SELECT nothing FROM nowhere', 'SELECT city, count(*) FROM customers GROUP BY city ORDER BY 2 DESC'],
    difficulty: 'hard',
  },
  { id: 'weather', db_id: 'Shop', question: WEATHER, query_pg: null },
  { id: 'many', db_id: 'Shop', question: 'All numbers', query_pg: 'SELECT n FROM numbers' },
  { id: 'broken', db_id: 'Shop', question: 'Which planets?', query_pg: 'SELECT planet FROM planets' },
  { id: 'elsewhere', db_id: 'Bank', question: 'How much?', query_pg: 'SELECT 1' },
];

interface Report {
  kind: string;
  command: string;
  n: number;
  skipped: { id: string; reason: string }[];
  metrics: Record<string, { value: number; low: number; high: number }>;
  items: {
    id: string;
    ok: boolean;
    okWithout?: boolean;
    relaxed: boolean;
    status: string;
    fault?: string;
    keys?: string[];
  }[];
}

interface Prompt {
  key: string;
  id: string;
  question: string;
  request: { model: string; system: { text: string }[]; messages: { content: { text: string }[] }[] };
}

describe('evaluate answers and followups', () => {
  const home = mkdtempSync(join(tmpdir(), 'memori-evaluate-'));
  const at = (name: string) => join(home, name);
  const { execArgv } = process;
  let source: EmptyDatabase;

  beforeAll(async () => {
    // The command runs here; the Memori that it boots runs from its sources, as this process does.
    process.execArgv = ['-r', REGISTER];
    source = await emptyDatabase(SCRIPT);
    writeFileSync(at('cases.jsonl'), CASES.map((each) => JSON.stringify(each)).join('\n'));
  });
  afterAll(async () => {
    process.execArgv = execArgv;
    await source.close();
    rmSync(home, { recursive: true, force: true });
  });

  const data = () => ['--input', at('cases.jsonl'), '--database-url', source.url, '--schema-map', 'lower(db_id)'];

  async function evaluate(args: readonly string[], env: Record<string, string> = {}) {
    const output = { out: '', err: '' };
    const terminal = {
      out: (text: string) => void (output.out += text),
      err: (text: string) => void (output.err += text),
    };
    const command = ['evaluate', ...args, '--json', at('report.json')];
    return { code: await runCli(command, () => parseEnv(env), terminal), ...output };
  }

  async function reportOf(args: readonly string[], env?: Record<string, string>): Promise<Report> {
    const { code, err } = await evaluate(args, env);
    expect([code, code === 0 ? '' : err]).toEqual([0, '']);
    return JSON.parse(readFileSync(at('report.json'), 'utf8')) as Report;
  }

  const itemOf = ({ items }: Report, id: string) => items.find((item) => item.id === id);
  const linesOf = <T>(name: string) =>
    readFileSync(at(name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as T);

  it('finds every gold right that runs, the one to be refused among them, and says why it skips', async () => {
    const report = await reportOf(['answers', ...data(), '--model', 'oracle']);

    expect(report.items.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.items.map(({ id, status }) => [id, status])).toEqual([
      ['count', 'answered'],
      ['cities', 'answered'],
      ['weather', 'refused'],
      ['many', 'answered'],
    ]);
    expect(report.skipped).toEqual([
      { id: 'broken', reason: 'its gold does not run: relation "planets" does not exist' },
      { id: 'elsewhere', reason: 'there is no schema for db_id "Bank"' },
    ]);
    const { metrics } = report;
    expect([metrics['strict']?.value, metrics['relaxed']?.value, metrics['refused']?.value]).toEqual([1, 1, 1]);
    expect(metrics['strict hard']?.value).toBe(1);
    expect(metrics['costUsd']?.value).toBeGreaterThan(0);
    expect(metrics['p95Ms']?.value).toBeGreaterThan(0);
    expect(report.command).not.toContain(source.reader.password);
  });

  it('writes requests with keys that another process knows again, and replays what is said to them, a miss being a miss', async () => {
    const written = await reportOf(['answers', ...data(), '--model', `prompts=${at('prompts.jsonl')}`]);
    const prompts = linesOf<Prompt>('prompts.jsonl');

    // Golds do not matter to prompts: what could be asked is written.
    expect(prompts.map(({ id }) => id)).toEqual(['count', 'cities', 'weather', 'many', 'broken']);
    expect(new Set(prompts.map(({ key }) => key)).size).toBe(prompts.length);
    expect(prompts[0]?.request.messages.at(-1)?.content.at(-1)?.text).toBe(COUNT);
    expect(prompts[0]?.request.system.some(({ text }) => text.includes('customers'))).toBe(true);
    expect(itemOf(written, 'count')?.keys).toEqual([prompts[0]?.key]);
    expect(written.metrics['strict']).toEqual({ value: 0, low: 0, high: 1 });

    const keyOf = (id: string) => prompts.find((prompt) => prompt.id === id)?.key;
    const said = [
      {
        key: keyOf('count'),
        completion: { outcome: 'sql', sql: "SELECT 'customers' AS what, count(*) FROM customers" },
      },
      {
        key: keyOf('cities'),
        completion: { outcome: 'sql', sql: 'SELECT city, count(*) FROM customers GROUP BY 1 ORDER BY 2' },
      },
      { key: keyOf('weather'), completion: { outcome: 'clarification', clarificationQuestion: 'Where?' } },
    ];
    writeFileSync(at('said.jsonl'), said.map((each) => JSON.stringify(each)).join('\n'));
    const replayed = await reportOf(['answers', ...data(), '--model', `replay=${at('said.jsonl')}`]);

    expect(itemOf(replayed, 'count')).toMatchObject({ ok: false, relaxed: true, fault: 'only the columns differ' });
    expect(itemOf(replayed, 'cities')).toMatchObject({ ok: false, relaxed: false });
    expect(itemOf(replayed, 'cities')?.fault).toMatch(/another order/);
    expect(itemOf(replayed, 'weather')).toMatchObject({ ok: true, status: 'clarification' });
    expect(itemOf(replayed, 'many')).toMatchObject({ ok: false, status: 'failed', fault: 'not recorded' });
    expect(replayed.metrics['notRecorded']?.value).toBe(1 / 4);
  });

  it('keeps what the model said, which then answers in its place', async () => {
    const claude = await FakeClaude.start();
    claude.gold(COUNT, 'SELECT count(*) FROM customers');
    claude.gold(CITIES, 'SELECT city, count(*) FROM customers GROUP BY city ORDER BY 2 DESC');
    const env = { MEMORI_ANTHROPIC_API_KEY: 'test-key', MEMORI_ANTHROPIC_BASE_URL: claude.url };
    const file = at('kept.jsonl');
    const two = ['answers', ...data(), '--limit', '2'];

    const recorded = await reportOf([...two, '--model', `record=${file}`], env);
    expect(claude.rejected).toEqual([]);
    expect(claude.requests).toHaveLength(2);
    await claude.stop();
    const replayed = await reportOf([...two, '--model', `replay=${file}`]);

    for (const report of [recorded, replayed]) expect(report.metrics['strict']?.value).toBe(1);
    expect(replayed.metrics['inputTokens']).toEqual(recorded.metrics['inputTokens']);
  });

  it('leads a dialogue with history and memory and without, and tells what a prompt lacked', async () => {
    const dialogue = {
      id: 'd',
      memories: [{ category: 'fact', content: 'Locals are customers in Paris.' }],
      earlier: [{ question: 'Who lives in Berlin?', sql: "SELECT name FROM customers WHERE city = 'Berlin'" }],
      db_id: 'shop',
      turns: [
        {
          question: 'How many locals?',
          sql: "SELECT count(*) FROM customers WHERE city = 'Paris'",
          must: ['in Paris'],
        },
        { question: 'Their names', sql: "SELECT name FROM customers WHERE city = 'Paris'", must: ["city = 'Paris'"] },
        { question: 'And Berlin?', sql: 'SELECT 1', must: ["city = 'Berlin'", 'customers'] },
        { question: 'Good.', sql: 'SELECT 1', must: ['what nobody ever said'] },
      ],
    };
    writeFileSync(at('dialogues.jsonl'), JSON.stringify(dialogue));

    const report = await reportOf(['followups', '--input', at('dialogues.jsonl'), '--database-url', source.url]);

    expect(report.items.map(({ id, ok, okWithout }) => [id, ok, okWithout])).toEqual([
      ['d/1', true, false],
      ['d/2', true, false],
      ['d/3', true, false],
      ['d/4', false, false],
    ]);
    expect(report.items[3]).toMatchObject({ missing: ['what nobody ever said'] });
    expect(report.metrics['held']?.value).toBe(3 / 4);
  });

  it('says what cannot work before it starts anything', async () => {
    const cannot = async (...args: string[]) => {
      const { code, err } = await evaluate(['answers', ...args]);
      return [code, err] as const;
    };

    expect(await cannot(...data(), '--url', 'http://127.0.0.1:1', '--key', 'k', '--model', 'oracle')).toEqual([
      2,
      expect.stringContaining('With --url only "--model live" is possible'),
    ]);
    expect(await cannot(...data())).toEqual([2, expect.stringContaining('set MEMORI_ANTHROPIC_API_KEY')]);
    expect(await cannot('--input', at('cases.jsonl'), '--model', 'oracle')).toEqual([
      2,
      expect.stringContaining('needs --database-url'),
    ]);
    expect(await cannot(...data(), '--model', `replay=${at('nowhere')}`)).toEqual([
      2,
      expect.stringContaining('cannot be read: ENOENT'),
    ]);
  });
});
