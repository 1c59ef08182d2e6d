import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  emptyDatabase,
  type EmptyDatabase,
  FakeClaude,
  itOnRedis,
  RedisProcess,
  replies,
  testDatabase,
  type TestDatabase,
} from '@memori/testing';
import { ADMIN_KEY } from './support/boot-memori';
import { type Call, clientOf } from './support/client';
import { freePort } from './support/free-port';
import { type Spawned, spawnApp } from './support/spawn-memori';

jest.setTimeout(180_000);

interface Role {
  readonly process: Spawned;
  readonly call: Call;
}

let home: string;
let db: TestDatabase;
let source: EmptyDatabase;
let claude: FakeClaude;
let redis: RedisProcess | undefined;
let api: Role;
let worker: Role;

beforeAll(async () => {
  redis = await RedisProcess.start();
  if (!redis) return;
  home = mkdtempSync(join(tmpdir(), 'memori-roles-'));
  [db, source, claude] = await Promise.all([
    testDatabase(),
    emptyDatabase('CREATE TABLE items AS SELECT generate_series(1, 7) AS id'),
    FakeClaude.start(),
  ]);
  [api, worker] = await Promise.all([start('api'), start('worker')]);
});

afterAll(async () => {
  for (const role of [api, worker]) role?.process.child.kill('SIGTERM');
  await Promise.all([api?.process.ended, worker?.process.ended]);
  await claude?.stop();
  await Promise.all([db?.close(), source?.close(), redis?.stop()]);
  if (home) rmSync(home, { recursive: true, force: true });
});

/** As docker-compose.yml and deploy/kubernetes have it: one process for each role, on one PostgreSQL and one Redis. */
async function start(role: 'api' | 'worker'): Promise<Role> {
  const port = await freePort();
  const env = {
    MEMORI_ROLE: role,
    MEMORI_PORT: String(port),
    MEMORI_DATABASE_URL: db.url,
    MEMORI_DATABASE_DIRECT_URL: db.ownerUrl,
    MEMORI_REDIS_URL: redis?.url ?? '',
    MEMORI_ADMIN_KEY: ADMIN_KEY,
    MEMORI_ENCRYPTION_KEY: 'ab'.repeat(32),
    MEMORI_ANTHROPIC_API_KEY: 'fake',
    MEMORI_ANTHROPIC_BASE_URL: claude.url,
    MEMORI_LOG_LEVEL: 'info',
    MEMORI_SHUTDOWN_GRACE_SECONDS: '2',
  };
  const process = spawnApp('memori', [], { cwd: home, env });
  await process.wrote(role === 'api' ? /is ready at/ : /works off the line/);
  return { process, call: clientOf({ url: `http://127.0.0.1:${port}` }) };
}

/** The questions that a process says it ended. */
function endedBy({ process }: Role): unknown[] {
  const lines = `${process.output.out}\n${process.output.err}`.split('\n').filter((line) => line.startsWith('{'));
  return lines
    .map((line) => JSON.parse(line) as { msg: string; questionId?: string })
    .filter(({ msg }) => msg === 'Question ended')
    .map(({ questionId }) => questionId);
}

describe('an api and a worker in processes of their own, on PostgreSQL and Redis', () => {
  itOnRedis('lets the worker answer what the api met a 429 with', async () => {
    const registered = await api.call('POST', '/v1/data-sources', {
      body: { name: 'items', dialect: 'postgresql', url: source.url },
    });
    claude.next(replies.rateLimited({ retryAfterSeconds: 1 }));
    claude.answers(replies.sql('SELECT count(*) AS items FROM items'));

    const asked = await api.call('POST', '/v1/questions', {
      body: { question: 'How many items are there?' },
      headers: { prefer: 'wait=0' },
    });
    const answer = await api.call('GET', `/v1/questions/${String(asked.body.id)}?wait=60`);

    expect([registered.status, asked.status]).toEqual([201, 202]);
    expect(answer.body).toMatchObject({ status: 'answered', rows: [['7']], usage: { attempts: 2 } });
    expect([endedBy(api), endedBy(worker)]).toEqual([[], [asked.body.id]]);
  });

  itOnRedis('opens to each role the doors that it has, and no more', async () => {
    for (const { call } of [api, worker])
      for (const path of ['/health/startup', '/health/live', '/health/ready', '/metrics'])
        expect((await call('GET', path)).status).toBe(200);

    expect((await api.call('GET', '/v1/me')).status).toBe(200);
    for (const path of ['/v1/me', '/docs', '/openapi.json']) expect((await worker.call('GET', path)).status).toBe(404);
  });
});
