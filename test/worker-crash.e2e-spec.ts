import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withClient } from '@memori/database';
import { FakeClaude, replies } from '@memori/testing';
import { ADMIN_KEY, bootMemori, type BootedMemori } from './support/boot-memori';
import { type Body, type Call, clientOf } from './support/client';
import { openShop, type Shop } from './support/shop';
import { type Spawned, spawnApp } from './support/spawn-memori';

// A claim without renewal lives 30 s, and so does a slot.
jest.setTimeout(180_000);

let claude: FakeClaude;
let api: BootedMemori;
let call: Call;
let shop: Shop;
let home: string;
const workers: Spawned[] = [];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'memori-crash-'));
  claude = await FakeClaude.start();
  api = await bootMemori({ claude, env: { MEMORI_ROLE: 'api' } });
  call = clientOf(api);
  shop = await openShop(call);
});

afterAll(async () => {
  for (const { child, ended } of workers) {
    child.kill('SIGKILL');
    await ended;
  }
  await api?.close();
  await shop?.close();
  await claude?.stop();
  rmSync(home, { recursive: true, force: true });
});

async function aWorker(): Promise<Spawned> {
  const worker = spawnApp('memori', [], {
    cwd: home,
    env: {
      MEMORI_ROLE: 'worker',
      MEMORI_PORT: '0',
      MEMORI_DATABASE_URL: api.db.url,
      MEMORI_DATABASE_DIRECT_URL: api.db.ownerUrl,
      MEMORI_ADMIN_KEY: ADMIN_KEY,
      MEMORI_ENCRYPTION_KEY: 'ab'.repeat(32),
      MEMORI_ANTHROPIC_BASE_URL: claude.url,
      MEMORI_ANTHROPIC_API_KEY: 'test-key',
      MEMORI_BACKGROUND_MODEL_CALLS: 'false',
      // The hold of the dead call ends while the test still looks.
      MEMORI_HOLD_TTL_MS: '20000',
    },
  });
  workers.push(worker);
  await worker.wrote(/works off the line/);
  return worker;
}

const sql = (text: string, params: unknown[]) =>
  withClient(api.db.superuser, async (client) => (await client.query(text, params)).rows as Body[]);

it('a worker killed in the middle of a call: another one answers, each attempt is charged once, the turn is written once', async () => {
  // The API process does not serve the line: after a limit of the provider the question is a worker's.
  claude.next(replies.rateLimited({ retryAfterSeconds: 1 }), replies.hang(), 'SELECT 42 AS answer');
  const first = await aWorker();
  const asked = await call('POST', '/v1/questions', {
    body: { question: 'What is the answer?' },
    headers: { prefer: 'respond-async' },
  });
  const { id, sessionId } = asked.body;
  await claude.received(2);

  first.child.kill('SIGKILL');
  await first.ended;
  await aWorker();
  const answer = await call('GET', `/v1/questions/${String(id)}?wait=100`);

  expect(answer.body).toMatchObject({ status: 'answered', rows: [[42]] });
  expect(claude.requests.map(({ state }) => state)).toEqual(['failed', 'aborted', 'answered']);
  const settled = () =>
    sql(
      `SELECT FROM memori.holds h JOIN memori.attempts a ON a.id = h.attempt_id
    WHERE a.question_id = $1 AND h.state = 'open'`,
      [id],
    );
  while ((await settled()).length > 0) await new Promise((resolve) => setTimeout(resolve, 500));
  const attempts = await sql('SELECT state, outcome FROM memori.attempts WHERE question_id = $1 ORDER BY prepared_at', [
    id,
  ]);
  const charges = await sql(
    `SELECT a.outcome, count(*)::int AS times, bool_or(j.reasons = '{unknown_usage}') AS flagged
     FROM memori.journal j JOIN memori.attempts a ON a.id = j.attempt_id WHERE j.question_id = $1
     GROUP BY a.id, a.outcome ORDER BY a.prepared_at`,
    [id],
  );
  const turns = await sql('SELECT role FROM memori.turns WHERE session_id = $1 ORDER BY id', [sessionId]);
  expect(attempts.map(({ state }) => state)).toEqual(['ended', 'ended', 'ended']);
  expect(attempts.map(({ outcome }) => outcome)).toEqual(['rate-limited', 'expired', 'answered']);
  expect(charges).toEqual([
    { outcome: 'expired', times: 1, flagged: true },
    { outcome: 'answered', times: 1, flagged: false },
  ]);
  expect(turns).toEqual([{ role: 'user' }, { role: 'assistant' }]);
});
