import { SqlParser } from './sql-parser';

const open: SqlParser[] = [];
const aParser = (options?: ConstructorParameters<typeof SqlParser>[0]) => {
  const parser = new SqlParser(options);
  open.push(parser);
  return parser;
};

afterEach(() => Promise.all(open.splice(0).map((parser) => parser.close())));

/** Answers `ready`, then does what the statement says. */
const PUPPET = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', (sql) => {
    if (sql === 'hang') for (;;);
    if (sql === 'die') process.exit(1);
    if (sql === 'throw') throw new Error('boom');
    if (sql === 'broken') return parentPort.postMessage({ kind: 'broken', reason: 'nested too deep' });
    parentPort.postMessage({ kind: 'parsed', tree: JSON.stringify({ sql }) });
  });
  parentPort.postMessage({ kind: 'ready' });
`;

it('parses statements that come at once, each to its own answer', async () => {
  const parser = aParser();
  const statements = Array.from({ length: 50 }, (_, i) => (i % 7 === 3 ? `SELECT ${i} FROM` : `SELECT ${i}`));

  const outcomes = await Promise.all(statements.map((sql) => parser.parse(sql)));

  outcomes.forEach((outcome, i) => {
    expect(outcome.kind).toBe(i % 7 === 3 ? 'syntax-error' : 'parsed');
    if (outcome.kind === 'parsed' && i > 0) expect(outcome.tree).toContain(`"ival":${i}}`);
  });
});

it('stays right after more overflows than break the module', async () => {
  const parser = aParser();
  const deep = ['NOT '.repeat(3_900), '1 = ANY (SELECT '.repeat(90)].map((text) => `SELECT ${text}`);
  const statements = Array.from({ length: 60 }, (_, i) => `${deep[i % 2]}true`);

  const outcomes = await Promise.all(statements.map((sql) => parser.parse(sql)));
  const after = await parser.parse('SELECT 1');

  expect(outcomes.every(({ kind }) => kind !== 'parsed')).toBe(true);
  expect(after.kind).toBe('parsed');
});

it.each(['hang', 'die', 'throw', 'broken'])(
  'starts anew after a thread that does "%s", and loses no other statement',
  async (how) => {
    const parser = aParser({ source: PUPPET, timeoutMs: 200 });

    const outcomes = await Promise.all([parser.parse('before'), parser.parse(how), parser.parse('after')]);

    expect(outcomes.map(({ kind }) => kind)).toEqual(['parsed', 'too-complex', 'parsed']);
  },
);

it('says when it cannot start at all', async () => {
  const parser = aParser({ source: `throw new Error('no such module')` });

  await expect(parser.parse('SELECT 1')).rejects.toThrow('did not start');
});

it('abandons what waits when it is closed', async () => {
  const parser = aParser({ source: PUPPET });
  const waiting = expect(parser.parse('hang')).rejects.toThrow('closed');

  await parser.close();

  await waiting;
  await expect(parser.parse('SELECT 1')).rejects.toThrow('closed');
});
