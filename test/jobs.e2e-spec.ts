import { getQueueToken } from '@nestjs/bullmq';
import { withClient } from '@memori/database';
import { FakeClaude, replies } from '@memori/testing';
import type { Queue } from 'bullmq';
import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Answer, type Body, type Call, clientOf } from './support/client';
import { type ApiDocument, undocumented } from './support/document';
import { openShop, type Shop } from './support/shop';

let claude: FakeClaude;
let memori: BootedMemori;
let call: Call;
let shop: Shop;
let document: ApiDocument;

beforeAll(async () => {
  claude = await FakeClaude.start();
  memori = await bootMemori({ claude, env: { MEMORI_MAX_ATTEMPTS: '1' } });
  call = clientOf(memori);
  shop = await openShop(call);
  document = (await call('GET', '/openapi.json')).body as unknown as ApiDocument;
});

afterAll(async () => {
  await memori?.close();
  await shop?.close();
  await claude?.stop();
});

const jobs = (query = '', key?: string) => call('GET', `/v1/jobs${query}`, key ? { key } : {});
const retry = (id: unknown, key?: string) => call('POST', `/v1/jobs/${String(id)}/retry`, key ? { key } : {});
const itemsOf = (answer: Answer) => answer.body.items as Body[];
const sql = (text: string) =>
  withClient(memori.db.superuser, async (client) => (await client.query(text)).rows as Body[]);

/** A question that fails for a reason that passes. */
async function aFailedQuestion(question: string): Promise<string> {
  claude.next(replies.serverError());
  const failed = await call('POST', '/v1/questions', { body: { question } });
  expect([failed.status, failed.body.code]).toEqual([503, 'provider-unavailable']);
  return String(failed.body.questionId);
}

async function aKey(roles: string[], tenantId?: string): Promise<string> {
  const made = await call('POST', '/v1/admin/api-keys', {
    body: { name: 'k', roles, userId: 'ops', ...(tenantId && { tenantId }) },
  });
  expect(made.status).toBe(201);
  return String(made.body.key);
}

describe('what failed for good', () => {
  it('is listed without a word of what was asked, and can be taken up again under its id', async () => {
    const id = await aFailedQuestion('Who keeps "the big secret"?');

    const listed = await jobs('?state=failed');
    claude.next('SELECT 7 AS seven');
    const retried = await retry(id);
    const answer = await call('GET', `/v1/questions/${id}?wait=30`);

    expect(itemsOf(listed)[0]).toEqual({
      id,
      kind: 'question',
      state: 'failed',
      attempts: expect.any(Number),
      code: 'provider-unavailable',
      message: expect.stringMatching(/Claude/),
      createdAt: expect.stringMatching(/Z$/),
      failedAt: expect.stringMatching(/Z$/),
      retryable: true,
    });
    expect(listed.text).not.toContain('secret');
    expect([retried.status, retried.body.state]).toEqual([200, 'waiting']);
    expect(answer.body).toMatchObject({ id, status: 'answered', rows: [[7]], usage: { attempts: 2 } });
    expect(undocumented(document, 'GET', '/v1/jobs', listed)).toEqual([]);
    expect(undocumented(document, 'POST', '/v1/jobs/{id}/retry', retried)).toEqual([]);
    expect(await sql(`SELECT subject_id, user_id FROM memori.audit_log WHERE action = 'job.retried'`)).toEqual([
      { subject_id: id, user_id: 'admin' },
    ]);
  });

  it('keeps its old error in its events', async () => {
    const id = await aFailedQuestion('What was it?');
    claude.next('SELECT 8 AS eight');
    await retry(id);
    await call('GET', `/v1/questions/${id}?wait=30`);

    const { text } = await call('GET', `/v1/questions/${id}/events`);

    expect(text).toMatch(/event: error\ndata: [^\n]*provider-unavailable[\s\S]*"reason":"replayed"[\s\S]*event: done/);
  });

  it('cannot be taken up twice, nor when it is unknown', async () => {
    const id = await aFailedQuestion('Once only?');
    claude.answers('SELECT 9 AS nine');

    const both = await Promise.all([retry(id), retry(id)]);
    const unknown = await retry('0198c000-0000-7000-8000-000000000001');

    expect(both.map(({ status }) => status).sort()).toEqual([200, expect.any(Number)]);
    expect(both.filter(({ status }) => status === 200)).toHaveLength(1);
    expect([404, 409]).toContain(both.find(({ status }) => status !== 200)?.status);
    expect([unknown.status, unknown.body.code]).toEqual([404, 'not-found']);
    await call('GET', `/v1/questions/${id}?wait=30`);
  });

  it('comes page by page', async () => {
    const ids = [await aFailedQuestion('One?'), await aFailedQuestion('Two?'), await aFailedQuestion('Three?')];

    const seen: unknown[] = [];
    let cursor: unknown = null;
    do {
      const page = await jobs(`?limit=1${cursor === null ? '' : `&cursor=${String(cursor)}`}`);
      seen.push(...itemsOf(page).map(({ id }) => id));
      cursor = page.body.nextCursor;
    } while (cursor !== null);

    expect(seen.slice(0, 3)).toEqual([...ids].reverse());
    expect(new Set(seen).size).toBe(seen.length);
    expect((await jobs('?cursor=nonsense')).body).toMatchObject({ status: 422, code: 'invalid-request' });
    expect((await jobs('?state=lost')).body).toMatchObject({ status: 422, code: 'invalid-request' });
  });

  it('is for administrators and operators, each of his own tenant', async () => {
    const id = await aFailedQuestion('Whose is it?');
    const other = await call('POST', '/v1/admin/tenants', { body: { name: 'Other' } });
    const [member, operator, stranger] = [
      await aKey(['member']),
      await aKey(['operator']),
      await aKey(['administrator'], String(other.body.id)),
    ];

    expect((await jobs('', member)).status).toBe(403);
    expect(itemsOf(await jobs('', operator)).map((item) => item.id)).toContain(id);
    expect(itemsOf(await jobs('', stranger))).toEqual([]);
    expect((await retry(id, stranger)).status).toBe(404);
    expect((await retry(id, member)).status).toBe(403);
  });

  it('shows deliveries of webhooks among the rest, and goes on after any kind of item', async () => {
    const made = await call('POST', '/v1/admin/webhooks', {
      body: { url: 'http://127.0.0.1:9/hook', events: ['budget.alert'] },
    });
    expect([made.status, made.text]).toEqual([201, expect.any(String)]);
    await sql(`INSERT INTO memori.events (tenant_id, type, data) VALUES ('default', 'budget.alert', '{}')`);
    await sql(
      `UPDATE memori.webhook_deliveries SET state = 'failed', attempts = 9, ended_at = now(), last_outcome = 'timeout'`,
    );
    const [{ id } = {}] = await sql('SELECT id FROM memori.webhook_deliveries');
    const after = Buffer.from('2099-01-01T00:00:00.000000Z questions.1').toString('base64url');

    const listed = itemsOf(await jobs(`?cursor=${after}`)).find((item) => item.id === id);
    const retried = await retry(id);

    expect(listed).toMatchObject({ kind: 'webhook', state: 'failed', attempts: 9, code: 'timeout', retryable: true });
    expect([retried.status, retried.body.kind]).toEqual([200, 'webhook']);
  });

  it('shows jobs of the queues to those who run the installation', async () => {
    const queue = memori.app.get<Queue>(getQueueToken('questions'), { strict: false });
    const job = await queue.add('look', [] as never, { attempts: 1, removeOnFail: false });
    const failed = new Promise<void>((resolve) => {
      const look = () => void job.isFailed().then((isFailed) => (isFailed ? resolve() : setTimeout(look, 50)));
      look();
    });
    await failed;
    const id = `questions.${job.id}`;

    const listed = itemsOf(await jobs('?limit=200')).find((item) => item.id === id);
    const retried = await retry(id);

    expect(listed).toMatchObject({ kind: 'queue-job', state: 'failed', code: 'internal', retryable: true });
    expect([retried.status, retried.body.state]).toEqual([200, 'waiting']);
  });
});
