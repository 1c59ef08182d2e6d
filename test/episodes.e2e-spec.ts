import { withClient } from '@memori/database';
import { FakeClaude, replies } from '@memori/testing';
import { MemoryUpkeep } from '../libs/memory/src/facts/memory-upkeep';
import { BY_HAND, settle } from './support/background';
import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Body, type Call, clientOf } from './support/client';

let claude: FakeClaude;
let memori: BootedMemori;
let call: Call;
let users = 0;

const SUMMARY = 'memori-summary-1';

beforeAll(async () => {
  claude = await FakeClaude.start();
  memori = await bootMemori({ claude, env: BY_HAND });
});
afterAll(async () => {
  await memori?.close();
  await claude?.stop();
});
beforeEach(() => {
  claude.reset();
  claude.when({ purpose: 'memori-facts-1' }).answers(replies.json({ facts: [] }));
  call = clientOf(memori, { headers: { 'x-memori-user': `user-${++users}` } });
});

const sql = (text: string, params: unknown[] = []) =>
  withClient(memori.db.superuser, async (client) => (await client.query<Body>(text, params)).rows);

/** A session of long ago; the ids of its turns. */
async function past(name: string, contents: readonly string[], days = 40, more: Body = {}): Promise<string[]> {
  const { body } = await call('POST', '/v1/sessions', {
    body: { externalId: name, ttlSeconds: 86_400 * 365, ...more },
  });
  const turns = contents.map((content) => ({ role: 'user', content, occurredAt: '2024-05-01T10:00:00Z' }));
  const answer = await call('POST', `/v1/sessions/${String(body.id)}/turns`, { body: turns });
  await settle(memori);
  await sql(`UPDATE memori.sessions SET last_active_at = now() - make_interval(days => $2) WHERE id = $1`, [
    body.id,
    days,
  ]);
  return (answer.body.items as Body[]).map(({ id }) => String(id));
}

async function upkeep(): Promise<void> {
  await memori.app.get(MemoryUpkeep).round();
  await settle(memori);
}

const consolidated = async () => {
  const { body } = await call('GET', '/v1/memories');
  return (body.items as Body[]).filter(({ origin }) => origin === 'consolidated');
};
const summaries = () => claude.requests.filter(({ purpose }) => purpose === SUMMARY);

describe('old episodes', () => {
  it('are summed up over sessions, into one memory that goes back to their turns, once', async () => {
    const ids = [
      ...(await past('a', ['We audited the Bremen warehouse.', '<b>Nine pallets were missing.</b>'])),
      ...(await past('b', ['不来梅仓库的托盘找到了。'], 50)),
      ...(await past('c', ['The insurance paid for two.'])),
    ];
    await past('lately', ['Not yet.'], 3);
    await past('alone', ['Secret.'], 90, { isolated: true });
    claude.nextFor(
      SUMMARY,
      replies.json({ summary: 'Pallets of Bremen: lost, found, insured.', turnIds: [ids[1], 'made-up'] }),
    );

    await upkeep();
    await upkeep();

    const [memory, ...others] = await consolidated();
    expect(others).toEqual([]);
    expect(memory).toMatchObject({
      sourceTurnIds: [ids[1]],
      trust: 1,
      essential: false,
      validFrom: '2024-05-01T10:00:00.000Z',
    });
    const [request, ...more] = summaries();
    expect(more).toEqual([]);
    for (const id of ids) expect(request?.promptText).toContain(id);
    expect(request?.promptText).toContain('\\u003cb>Nine pallets');
    expect(request?.promptText).not.toMatch(/Not yet|Secret/);
    const found = await call('POST', '/v1/memories/search', { body: { query: 'insured pallets', kinds: ['fact'] } });
    expect((found.body.items as Body[])[0]).toMatchObject({ id: memory?.id, sources: [ids[1]] });
    expect((await call('GET', `/v1/memories/${String(memory?.id)}/history`)).body.items).toHaveLength(1);
    expect((await call('GET', '/metrics')).text).toMatch(/episodes_consolidated_total\{outcome="kept"[^}]*\} 3/);
  });

  it('are left alone while there are few, and when the model says nothing', async () => {
    await past('a', ['One.']);
    await past('b', ['Two.']);
    await upkeep();
    expect(summaries()).toEqual([]);

    await past('c', ['Three.']);
    claude.when({ purpose: SUMMARY }).answers(replies.json({ summary: ' ', turnIds: [] }));
    await upkeep();

    expect(await consolidated()).toEqual([]);
    const pending = await sql(
      `SELECT state FROM memori.background_requests WHERE user_id = $1 AND purpose = 'episodes'`,
      [`user-${users}`],
    );
    expect(pending.map(({ state }) => state)).not.toContain('taken');
  });

  it('lose their summary with any session that it tells of, and are summed up anew without it', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await past(name, [`The code of ${name} is zirkon-${name}.`]);
    claude.when({ purpose: SUMMARY }).answers((request) => {
      const codes = request.question.match(/zirkon-\w/g) ?? [];
      return replies.json({ summary: `Codes: ${codes.join(', ')}.`, turnIds: [] });
    });
    await upkeep();
    expect((await consolidated()).map(({ content }) => content)).toEqual([
      'Codes: zirkon-a, zirkon-b, zirkon-c, zirkon-d.',
    ]);

    await call('POST', '/v1/memories/forget', { body: { scope: 'session', id: 'ext:b' } });
    expect(await consolidated()).toEqual([]);
    const traces = await sql(
      `SELECT 1 FROM memori.memories m WHERE m::text LIKE '%zirkon-b%' UNION ALL
       SELECT 1 FROM memori.memory_history h WHERE h::text LIKE '%zirkon-b%'`,
    );
    expect(traces).toEqual([]);
    expect(
      await sql(`SELECT FROM memori.background_requests WHERE purpose = 'episodes' AND user_id = $1`, [
        `user-${users}`,
      ]),
    ).toEqual([]);

    await upkeep();
    expect((await consolidated()).map(({ content }) => content)).toEqual(['Codes: zirkon-a, zirkon-c, zirkon-d.']);
  });

  it('are not summed up again once somebody deleted the summary, nor after they were moved', async () => {
    for (const name of ['a', 'b', 'c']) await past(name, [`Talk ${name}.`]);
    claude.when({ purpose: SUMMARY }).answers(replies.json({ summary: 'Three talks.', turnIds: [] }));
    await upkeep();
    const text = (await call('POST', '/v1/memories/export')).text;
    const [memory] = await consolidated();
    await call('DELETE', `/v1/memories/${String(memory?.id)}`);
    await upkeep();
    expect(await consolidated()).toEqual([]);

    call = clientOf(memori, { headers: { 'x-memori-user': `user-${++users}` } });
    const moved = await call('POST', '/v1/memories/import', {
      raw: text,
      headers: { 'content-type': 'application/x-ndjson' },
    });
    await upkeep();

    expect(moved.status).toBe(200);
    expect(summaries()).toHaveLength(1);
    expect(await consolidated()).toMatchObject([{ content: 'Three talks.' }]);
    await call('POST', '/v1/memories/forget', { body: { scope: 'session', id: 'ext:a' } });
    expect(await consolidated()).toEqual([]);
  });
});
