import { createPublicKey, verify } from 'node:crypto';
import { Erasers } from '@memori/privacy';
import { FakeClaude, replies } from '@memori/testing';
import { Client } from 'pg';
import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Call, clientOf } from './support/client';
import { openShop, type Shop } from './support/shop';

const CACHING = { MEMORI_ENABLE_CACHING: 'true' };
const SECRET = 'zirkon7f3a';
const KEPT = 'obsidian2b9c';
/** What stays of a user: the books, the log of who did what, and that he is known. */
const STAYS = ['accounts', 'attempts', 'audit_log', 'holds', 'journal', 'limits', 'users'];

let claude: FakeClaude;
let memori: BootedMemori;
let other: BootedMemori;
let call: Call;
let elsewhere: Call;
let shop: Shop;
let superuser: Client;

beforeAll(async () => {
  claude = await FakeClaude.start();
  memori = await bootMemori({ claude, env: CACHING });
  other = await bootMemori({ beside: memori, env: CACHING });
  [call, elsewhere] = [clientOf(memori), clientOf(other)];
  shop = await openShop(call);
  superuser = new Client(memori.db.superuser);
  await superuser.connect();
});

afterAll(async () => {
  await superuser?.end();
  await other?.close();
  await memori?.close();
  await shop?.close();
  await claude?.stop();
});

const as = (user: string) => ({ 'x-memori-user': user });

/** Everything that a user can leave behind, with the word in it. Answers the ids by which it would be found. */
async function leaveTraces(user: string, word: string) {
  const headers = as(user);
  const sessionId = `ext:${word}-session`;
  await call('POST', `/v1/sessions/${sessionId}/turns`, {
    headers,
    body: { role: 'user', content: `The safe opens by ${word}.`, name: word, externalId: `${word}-turn` },
  });
  const memory = await call('POST', '/v1/memories', {
    headers: { ...headers, 'idempotency-key': `${word}-key` },
    body: { content: `${word} is the word of the safe`, category: 'fact' },
  });
  const document = await call('POST', '/v1/memories/documents', {
    headers: { ...headers, 'idempotency-key': `${word}-document` },
    body: { content: `# ${word}\n\nThe safe of ${word}.`, externalId: word, source: word, title: word },
  });
  const line = { content: `${word} came by import`, category: 'fact', subject: word, predicate: word };
  const imported = await call('POST', '/v1/memories/import', {
    headers: { ...headers, 'content-type': 'application/x-ndjson' },
    raw: JSON.stringify(line),
  });
  expect([document.status, imported.status]).toEqual([201, 200]);
  claude.next(replies.sql('SELECT count(*) AS n FROM customers', { explanation: `Counts for ${word}.` }));
  const question = await call('POST', '/v1/questions', {
    headers: { ...headers, 'idempotency-key': `${word}-question` },
    body: { question: `How many customers know ${word}?`, sessionId },
  });
  await call('POST', `/v1/questions/${question.body.id}/feedback`, {
    headers,
    body: { verdict: 'correct', note: `as ${word} said` },
  });
  // Work that waits for the model, and an alert: both are written by other parts, at times of their own.
  await superuser.query(
    `INSERT INTO memori.background_requests (id, tenant_id, user_id, purpose, key, body_sealed, run_after)
     VALUES (gen_random_uuid(), 'default', $1, 'memori-facts-1', $2, convert_to($3, 'UTF8'), now() + interval '1 day')`,
    [user, word, word],
  );
  await superuser.query(
    `INSERT INTO memori.events (tenant_id, user_id, type, data) VALUES ('default', $1, 'budget.alert', $2)`,
    [user, JSON.stringify({ scope: 'user', scopeId: user, word })],
  );
  expect([memory.status, question.status]).toEqual([201, 200]);
  return { memoryId: String(memory.body.id), questionId: String(question.body.id), sessionId: question.body.sessionId };
}

async function tables(): Promise<string[]> {
  const { rows } = await superuser.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE tablename <> 'pg_statistic_ext_data' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

/** The tables of any schema, PostgreSQL's own too, in which a row says it, as text or as the bytes of text. */
async function dumpFor(word: string): Promise<string[]> {
  const holding: string[] = [];
  for (const name of await tables()) {
    const hex = Buffer.from(word).toString('hex');
    const { rowCount } = await superuser.query(
      `SELECT FROM ${name} t WHERE t::text LIKE '%' || $1 || '%' OR t::text LIKE '%' || $2 || '%'`,
      [word, hex],
    );
    if (rowCount) holding.push(name);
  }
  return holding;
}

const found = async (by: Call, user: string, query: string): Promise<number> => {
  const { body } = await by('POST', '/v1/memories/search', { headers: as(user), body: { query } });
  return (body.items as unknown[]).length;
};

describe('a user who is forgotten', () => {
  it('is gone at once, in every table, through every process, and the receipt says so', async () => {
    const gone = await leaveTraces('leaver', SECRET);
    await leaveTraces('stayer', KEPT);
    expect(await found(elsewhere, 'leaver', SECRET)).toBeGreaterThan(0);
    await superuser.query('ANALYZE'); // which keeps values of columns for the planner
    expect((await dumpFor(SECRET)).length).toBeGreaterThan(4);

    const receipt = await call('POST', '/v1/memories/forget', {
      headers: as('leaver'),
      body: { scope: 'user', id: 'leaver' },
    });

    expect(receipt.status).toBe(200);
    expect(receipt.body.counts).toMatchObject({
      ...{ sessions: 1, memories: 3, documents: 1, questions: 1, cachedAnswers: 1, backgroundRequests: 1, events: 1 },
    });
    expect(await dumpFor(SECRET)).toEqual([]);
    for (const by of [call, elsewhere]) {
      expect(await found(by, 'leaver', SECRET)).toBe(0);
      const gets = [
        `/v1/memories/${gone.memoryId}`,
        `/v1/questions/${gone.questionId}`,
        `/v1/sessions/${gone.sessionId}`,
      ];
      for (const path of gets) expect((await by('GET', path, { headers: as('leaver') })).status).toBe(404);
      expect((await by('POST', '/v1/memories/export', { headers: as('leaver') })).text).not.toContain(SECRET);
    }
    expect([...memori.logLines, ...other.logLines].join('\n')).not.toContain(SECRET);
    // Another's is where it was: an empty answer would prove nothing.
    expect(await found(elsewhere, 'stayer', KEPT)).toBeGreaterThan(0);
    expect((await dumpFor(KEPT)).length).toBeGreaterThan(4);
  });

  it('leaves rows in the books and logs alone', async () => {
    const holding: string[] = [];
    for (const name of await tables()) {
      const { rowCount } = await superuser.query(
        `SELECT FROM ${name} t WHERE to_jsonb(t)->>'user_id' = 'leaver' OR to_jsonb(t)->>'scope_id' = 'leaver'`,
      );
      if (rowCount) holding.push(name.replace('memori.', ''));
    }

    expect(holding.filter((name) => !STAYS.includes(name))).toEqual([]);
    expect(holding).toContain('journal');
  });

  it('has a receipt that anybody can check', async () => {
    const { body } = await call('POST', '/v1/memories/forget', { headers: as('x'), body: { scope: 'user', id: 'x' } });
    const { signature: seal, ...receipt } = body;
    const signature = seal as Record<'publicKey' | 'signed' | 'value', string>;
    const key = createPublicKey({ key: Buffer.from(signature.publicKey, 'base64'), format: 'der', type: 'spki' });

    expect(JSON.parse(signature.signed)).toEqual(receipt);
    expect(verify(null, Buffer.from(signature.signed), key, Buffer.from(signature.value, 'base64'))).toBe(true);
    expect(receipt.stays).toContain('amounts in the ledger');
  });
});

describe('a user who is deleted', () => {
  it('loses his keys, and is not known any more', async () => {
    await leaveTraces('goner', 'quartz');
    const key = await call('POST', '/v1/admin/api-keys', { body: { name: 'of goner', userId: 'goner' } });
    const withKey = { authorization: `Bearer ${key.body.key}` };
    expect((await elsewhere('GET', '/v1/me', { headers: withKey })).body.userId).toBe('goner');

    expect((await call('DELETE', '/v1/admin/users/goner')).status).toBe(204);

    expect((await elsewhere('GET', '/v1/me', { headers: withKey })).status).toBe(401);
    expect(await dumpFor('quartz')).toEqual([]);
    expect((await call('DELETE', '/v1/admin/users/goner')).status).toBe(404);
  });

  it('is another, and of the own tenant', async () => {
    expect((await call('DELETE', '/v1/admin/users/admin')).body).toMatchObject({ status: 409, code: 'conflict' });
    expect((await call('DELETE', '/v1/admin/users/nobody')).status).toBe(404);
  });
});

it('is refused at the start while a table with a scope has no eraser', async () => {
  const erasers = memori.app.get(Erasers, { strict: false });
  await expect(erasers.check()).resolves.toBeUndefined();

  await superuser.query('CREATE TABLE memori.diary (user_id text)');
  try {
    await expect(erasers.check()).rejects.toThrow('Nobody says what becomes of memori.diary.');
  } finally {
    await superuser.query('DROP TABLE memori.diary');
  }
});
