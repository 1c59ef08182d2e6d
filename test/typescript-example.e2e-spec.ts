import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { FakeClaude, replies } from '@memori/testing';
import { MemoriClient, MemoriError } from '../examples/typescript/src/memori-client';
import { ADMIN_KEY, bootMemori, type BootedMemori } from './support/boot-memori';
import { clientOf } from './support/client';
import { openShop, type Shop } from './support/shop';

const ROOT = join(__dirname, '..');
const tool = (path: string) => createRequire(__filename).resolve(path);

let claude: FakeClaude;
let memori: BootedMemori;
let shop: Shop;

beforeAll(async () => {
  claude = await FakeClaude.start();
  // One slot and no line: whoever comes second is told to come again.
  memori = await bootMemori({ claude, env: { MEMORI_MAX_CONCURRENT_REQUESTS: '1', MEMORI_QUEUE_MAX_WAITING: '0' } });
  shop = await openShop(clientOf(memori));
});

afterAll(async () => {
  await memori?.close();
  await shop?.close();
  await claude?.stop();
});

const aClient = (sleep?: (ms: number) => Promise<void>) => new MemoriClient({ url: memori.url, key: ADMIN_KEY, sleep });

it('compiles against the committed document', () => {
  const { status, stdout } = spawnSync(
    process.execPath,
    [tool('typescript/bin/tsc'), '--noEmit', '-p', 'examples/typescript'],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  );

  expect([status, stdout]).toEqual([0, '']);
});

it('has types that are what the committed document says', () => {
  const types = 'examples/typescript/src/memori-api.d.ts';
  const cli = join(ROOT, 'node_modules/openapi-typescript/bin/cli.js');

  expect(spawnSync(process.execPath, [cli, 'openapi.json', '-o', types, '--check'], { cwd: ROOT }).status).toBe(0);
});

it('gets an answer (200)', async () => {
  claude.gold('How many customers?', 'SELECT count(*) AS n FROM customers');

  const answer = await aClient().ask({ question: 'How many customers?' });

  expect(answer).toMatchObject({ status: 'answered', rows: [['3']] });
});

it('waits when it has to (202)', async () => {
  const gate = claude.holdNext('SELECT 1 AS one');
  const asked = claude.requests.length;
  const accepted = await clientOf(memori)('POST', '/v1/questions', {
    body: { question: 'What is one?' },
    headers: { prefer: 'respond-async' },
  });
  expect(accepted.status).toBe(202);
  await claude.received(asked + 1);

  const answer = new MemoriClient({ url: memori.url, key: ADMIN_KEY })['untilEnded'](accepted.body as never);
  gate.open();

  expect(await answer).toMatchObject({ status: 'answered', rows: [[1]] });
});

it('comes again when there is no room (429)', async () => {
  const gate = claude.holdNext('SELECT 2 AS two');
  const asked = claude.requests.length;
  const first = aClient().ask({ question: 'What is two?' });
  await claude.received(asked + 1);
  const waits: number[] = [];
  claude.gold('What is three?', 'SELECT 3 AS three');

  const second = await aClient(async (ms) => {
    waits.push(ms);
    gate.open();
    await first;
  }).ask({ question: 'What is three?' });

  expect(waits.every((ms) => ms >= 1000)).toBe(true);
  expect(waits.length).toBeGreaterThan(0);
  expect(second).toMatchObject({ status: 'answered', rows: [[3]] });
});

it('answers a question back', async () => {
  claude.when('How many good ones?').once(replies.clarification('Good in what way?', ['by name', 'by city']));
  claude.gold('by city', 'SELECT count(city) AS n FROM customers');
  const client = aClient();

  const back = await client.ask({ question: 'How many good ones?' });
  const answer = await client.choose(back, 1);

  expect(answer).toMatchObject({ status: 'answered', rows: [['2']] });
});

it('follows a stream', async () => {
  claude.gold('Who?', 'SELECT name FROM customers ORDER BY id LIMIT 1');
  const types = [];

  for await (const { type } of aClient().stream({ question: 'Who?' })) types.push(type);

  expect(types).toEqual(expect.arrayContaining(['status', 'sql', 'rows', 'done']));
});

it('hands on what Memori says when it fails for good', async () => {
  const failure = aClient().ask({ question: 'x', dataSourceId: 'nowhere' });

  await expect(failure).rejects.toThrow(MemoriError);
  await expect(failure).rejects.toMatchObject({ problem: { code: 'not-found' } });
});
