import { withClient } from '@memori/database';
import { type ClaudeRequest, FakeClaude, replies } from '@memori/testing';
import { BY_HAND, settle } from './support/background';
import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Body, type Call, clientOf } from './support/client';
import { openShop, type Shop } from './support/shop';

let memori: BootedMemori;
let claude: FakeClaude;
let shop: Shop;
let call: Call;

const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const FACTS = 'memori-facts-1';

beforeAll(async () => {
  claude = await FakeClaude.start();
  memori = await bootMemori({ claude, env: BY_HAND });
  shop = await openShop(clientOf(memori));
  await settle(memori);
});
afterAll(async () => {
  await memori?.close();
  await claude?.stop();
  await shop?.close();
});
beforeEach(() => claude.reset());

/** Somebody of his own, so that no test sees what another one said. */
let users = 0;
beforeEach(() => {
  call = clientOf(memori, { headers: { 'x-memori-user': `user-${++users}` } });
});

interface Fact {
  readonly content: string;
  readonly turn: number;
  readonly [field: string]: unknown;
}

/** What the model draws, each from the n-th line that it was sent. */
function drawn(...facts: Fact[]) {
  return (request: ClaudeRequest) => {
    const ids = request.question.split('\n').map((line) => line.match(ID)?.[0] ?? '');
    return replies.json({
      facts: facts.map(({ turn, ...fact }) => ({
        category: 'fact',
        importance: 0.5,
        subject: null,
        predicate: null,
        validFrom: null,
        validTo: null,
        turnIds: [ids[turn] ?? ''],
        ...fact,
      })),
    });
  };
}

async function say(session: string, ...turns: (string | Body)[]): Promise<string[]> {
  const body = turns.map((turn) => (typeof turn === 'string' ? { role: 'user', content: turn } : turn));
  const { body: answer } = await call('POST', `/v1/sessions/${encodeURIComponent(`ext:${session}`)}/turns`, { body });
  return (answer.items as { id: string }[]).map(({ id }) => id);
}

async function memories(query = ''): Promise<Body[]> {
  return (await call('GET', `/v1/memories?limit=200${query}`)).body.items as Body[];
}

async function retryAll({ body }: { body: Body }): Promise<void> {
  for (const { id } of body.items as Body[]) await clientOf(memori)('POST', `/v1/jobs/${String(id)}/retry`);
}

const asked = () => claude.requests.filter(({ purpose }) => purpose === FACTS);
const sql = <R = Body>(text: string, params: unknown[] = []) =>
  withClient(memori.db.superuser, async (client) => (await client.query(text, params)).rows as R[]);

describe('facts of turns', () => {
  it('are drawn after the turn, in one call for several, with all that they are', async () => {
    const ids = await say(
      'first',
      { role: 'user', content: 'I moved to Berlin last month.', occurredAt: '2024-03-05T10:30:00Z', name: 'Ada' },
      '活跃客户是指近90天内下过单的客户。',
      { role: 'assistant', content: 'Noted.' },
    );
    claude.nextFor(
      FACTS,
      drawn(
        {
          content: 'Ada lives in Berlin.',
          turn: 0,
          subject: 'user',
          predicate: 'home city',
          importance: 0.8,
          validFrom: '2024-02',
        },
        {
          content: '活跃客户是指近90天内下过单的客户',
          turn: 1,
          category: 'rule',
          subject: '活跃客户',
          predicate: '定义',
        },
      ),
    );

    await settle(memori);

    const [rule, home] = await memories();
    expect(asked()).toHaveLength(1);
    expect(asked()[0]?.question).toContain('2024-03-05 Tuesday 10:30');
    expect(claude.rejected).toEqual([]);
    expect(home).toMatchObject({
      content: 'Ada lives in Berlin.',
      category: 'fact',
      origin: 'drawn',
      importance: 0.8,
      subject: 'user',
      predicate: 'home city',
      validFrom: '2024-02-01T00:00:00.000Z',
      validTo: null,
      saidAt: '2024-03-05T10:30:00.000Z',
      sourceTurnIds: [ids[0]],
      essential: true,
    });
    expect(rule).toMatchObject({ category: 'rule', sourceTurnIds: [ids[1]], essential: true });
  });

  it('are paid for by the one who caused them, and drawn once', async () => {
    await say('once', 'I like tea.');
    claude.nextFor(FACTS, drawn({ content: 'The user likes tea.', turn: 0 }));

    await settle(memori);
    await settle(memori);

    const charges = await sql(`SELECT purpose, model FROM memori.journal WHERE user_id = $1`, [`user-${users}`]);
    expect(charges).toEqual([{ purpose: 'facts', model: 'claude-haiku-5-5' }]);
    expect(await memories()).toHaveLength(1);
    expect(asked()).toHaveLength(1);
  });

  it('come from the turns that the model was sent, and from no others', async () => {
    const [other] = await say('theirs', 'Something else.');
    await settle(memori);
    claude.reset();
    await say('mine', 'I like tea.', 'I like bread.');
    claude.nextFor(
      FACTS,
      drawn(
        { content: 'A.', turn: 0, turnIds: [other, '0198c000-0000-7000-8000-000000000001'] },
        { content: 'B.', turn: 1 },
      ),
    );

    await settle(memori);

    expect((await memories()).map(({ content }) => content)).toEqual(['B.']);
  });

  it('are asked for again when the reply names no turn at all, and are a failed job at last', async () => {
    await say('nowhere', 'I like tea.');
    const wrong = () => drawn({ content: 'A.', turn: 0, turnIds: ['turn 1'] });
    claude.nextFor(FACTS, wrong(), wrong(), wrong());

    for (let round = 0; round < 4; round++) await settle(memori);
    for (let round = 0; round < 6; round++) {
      await sql(`UPDATE memori.background_requests SET run_after = now() WHERE state = 'ended'`);
      await settle(memori);
    }

    const failed = (await clientOf(memori)('GET', '/v1/jobs?state=failed')).body.items as Body[];
    expect(asked()).toHaveLength(3);
    expect(await memories()).toEqual([]);
    expect(failed).toMatchObject([{ kind: 'background', state: 'failed', retryable: true }]);
    await sql('DELETE FROM memori.background_requests');
  });

  it('come at last from a model that answers in prose, in pieces, or in another form, and once', async () => {
    await say('odd', 'I like tea.');
    claude.nextFor(
      FACTS,
      replies.prose(),
      replies.brokenJson(),
      replies.wrongShape(),
      drawn({ content: 'Tea.', turn: 0 }),
    );

    for (let round = 0; round < 8; round++) {
      await settle(memori);
      await sql(`UPDATE memori.background_requests SET run_after = now() WHERE state IN ('waiting', 'ended')`);
      if (round === 4) await clientOf(memori)('GET', '/v1/jobs?state=failed').then(retryAll);
    }

    expect((await memories()).map(({ content, support }) => [content, support])).toEqual([['Tea.', 1]]);
  });

  it('are drawn once by two workers at once', async () => {
    const other = await bootMemori({ beside: memori, claude, env: BY_HAND });
    try {
      for (const session of ['w1', 'w2', 'w3']) await say(session, `I like tea, says ${session}.`, 'And coffee.');
      claude
        .when({ purpose: FACTS })
        .answers(drawn({ content: 'The user likes tea.', turn: 0 }, { content: 'Coffee too.', turn: 1 }));

      await Promise.all([settle(memori), settle(other), settle(memori), settle(other)]);
      await settle(memori);

      const drawnOnce = (await memories()).map(({ content, support }) => [content, support]).sort();
      expect(drawnOnce).toEqual([
        ['Coffee too.', 3],
        ['The user likes tea.', 3],
      ]);
      expect(asked()).toHaveLength(3);
    } finally {
      await other.close();
    }
  });

  it('are not drawn from an isolated session', async () => {
    const { body } = await call('POST', '/v1/sessions', { body: { isolated: true } });
    await call('POST', `/v1/sessions/${String(body.id)}/turns`, {
      body: { role: 'user', content: 'Remember: secret' },
    });

    await settle(memori);

    expect([asked(), await memories()]).toEqual([[], []]);
  });

  it('are drawn from long turns in several calls, none of them too long', async () => {
    await say('long', Array.from({ length: 3000 }, (_, n) => `All about order ${n}.`).join(' '), 'I like tea.');

    await settle(memori);

    expect(asked().length).toBeGreaterThan(2);
    expect(
      asked()
        .map(({ question }) => question)
        .join('\n'),
    ).toContain('I like tea.');
  });
});

describe('a fact that was said before', () => {
  const speak = async (session: string, at: string, fact: Omit<Fact, 'turn'> & { content: string }) => {
    const [id] = await say(session, { role: 'user', content: fact.content, occurredAt: at });
    claude.nextFor(FACTS, drawn({ ...fact, turn: 0 }));
    await settle(memori);
    return id;
  };

  it('is supported and not kept twice', async () => {
    const one = await speak('a', '2024-01-01T00:00:00Z', { content: 'The user likes tea.' });
    const two = await speak('b', '2024-02-01T00:00:00Z', { content: 'the user likes tea' });

    expect(await memories()).toMatchObject([{ content: 'The user likes tea.', support: 2, sourceTurnIds: [one, two] }]);
  });

  it('ends where a newer one contradicts it; both stay, and the history tells', async () => {
    const key = { subject: 'user', predicate: 'home city' };
    await speak('a', '2024-01-01T00:00:00Z', { content: 'The user lives in Berlin.', ...key });
    await speak('b', '2024-06-01T00:00:00Z', { content: 'The user lives in Munich.', ...key });
    const [munich = {}, berlin = {}] = await memories();

    expect(berlin).toMatchObject({ validTo: '2024-06-01T00:00:00.000Z', supersededBy: munich.id, version: 2 });
    expect(munich).toMatchObject({ supersedes: berlin.id, validFrom: '2024-06-01T00:00:00.000Z', validTo: null });
    const { body } = await call('GET', `/v1/memories/${String(berlin.id)}/history`);
    expect(body.items).toMatchObject([
      { version: 1, validTo: null, supersededBy: null },
      { version: 2, validTo: '2024-06-01T00:00:00.000Z', supersededBy: munich.id, changedBy: 'memori' },
    ]);
    expect((body.chain as Body[]).map(({ id }) => id)).toEqual([berlin.id, munich.id]);
    const found = async (asOf?: string) => {
      const search = { query: 'Where does the user live?', kinds: ['fact'], ...(asOf && { asOf }) };
      const { body: answer } = await call('POST', '/v1/memories/search', { body: search });
      return (answer.items as Body[]).map(({ content }) => content);
    };
    expect(await found()).toEqual(['The user lives in Munich.']);
    expect(await found('2024-03-01T00:00:00Z')).toEqual(['The user lives in Berlin.']);
  });

  it('is seen as it was known at a moment: its end since that was said, nothing before it was', async () => {
    const key = { subject: 'user', predicate: 'home city', importance: 0.9 };
    await speak('a', '2024-01-01T00:00:00Z', { content: 'The user lives in Berlin.', ...key });
    const moved = { content: 'The user lives in Munich.', validFrom: '2024-03-01', ...key };
    await speak('b', '2024-06-01T00:00:00Z', moved);
    const seen = async (path: string, asOf?: string) => {
      const search = { query: 'Where does the user live?', kinds: ['fact'], ...(asOf && { asOf }) };
      const { body } = await call('POST', `/v1/memories/${path}`, { body: search });
      return (body.items as Body[]).map(({ content }) => content);
    };

    for (const path of ['search', 'context']) {
      expect(await seen(path, '2023-12-31T00:00:00Z')).toEqual([]);
      // He had moved already, and had not told anybody.
      expect(await seen(path, '2024-04-01T00:00:00Z')).toEqual(['The user lives in Berlin.']);
      expect(await seen(path, '2024-06-02T00:00:00Z')).toEqual(['The user lives in Munich.']);
      expect(await seen(path)).toEqual(['The user lives in Munich.']);
    }
  });

  it('that comes late takes its place in the order of time', async () => {
    const key = { subject: '用户', predicate: '居住城市' };
    await speak('a', '2024-01-01T00:00:00Z', { content: '用户住在北京。', ...key });
    await speak('b', '2024-12-01T00:00:00Z', { content: '用户住在上海。', ...key });
    await speak('c', '2024-06-01T00:00:00Z', { content: '用户住在广州。', ...key });

    const spans = (await memories()).map(({ content, validTo }) => [content, validTo]);
    expect(new Map(spans as [string, string][])).toEqual(
      new Map<string, string | null>([
        ['用户住在北京。', '2024-06-01T00:00:00.000Z'],
        ['用户住在广州。', '2024-12-01T00:00:00.000Z'],
        ['用户住在上海。', null],
      ]),
    );
  });

  it('and is denied now is another fact', async () => {
    await speak('a', '2024-01-01T00:00:00Z', { content: '用户喜欢香菜。', subject: '用户', predicate: '喜欢' });
    await speak('b', '2024-02-01T00:00:00Z', { content: '用户不喜欢香菜。', subject: '用户', predicate: '喜欢' });
    await speak('c', '2024-03-01T00:00:00Z', { content: '用户喜欢咖啡。', subject: '用户', predicate: '喜欢' });

    const all = await memories();
    expect(all.map(({ content, support }) => [content, support])).toEqual([
      ['用户喜欢咖啡。', 1],
      ['用户不喜欢香菜。', 1],
      ['用户喜欢香菜。', 1],
    ]);
    expect(all.map(({ validTo }) => validTo)).toEqual([null, null, '2024-02-01T00:00:00.000Z']);
  });

  it('goes together with the one that ended it: with their session, their namespace, their user', async () => {
    const key = { subject: 'user', predicate: 'home city' };
    for (const forgotten of [
      { scope: 'session', id: 'ext:a' },
      { scope: 'namespace', id: 'default' },
      { scope: 'user', id: `user-${users}` },
    ]) {
      for (const [month, city] of ['Berlin', 'Munich', 'Hamburg'].entries())
        await speak('a', `2024-0${month + 1}-01T00:00:00Z`, { content: `The user lives in ${city}.`, ...key });
      expect(await memories()).toHaveLength(3);

      const receipt = await call('POST', '/v1/memories/forget', { body: forgotten });

      expect(receipt.body.counts).toMatchObject({ sessions: 1, turns: 3, memories: 3 });
      expect(await memories()).toEqual([]);
    }
  });

  it('stays ended when what ended it is forgotten and it was said again since', async () => {
    const key = { subject: 'user', predicate: 'home city' };
    await speak('a', '2024-01-01T00:00:00Z', { content: 'The user lives in Berlin.', ...key });
    await speak('b', '2024-06-01T00:00:00Z', { content: 'The user lives in Munich.', ...key });
    await speak('c', '2024-09-01T00:00:00Z', { content: 'The user lives in Berlin.', ...key });
    const [again = {}, , first = {}] = await memories();

    const receipt = await call('POST', '/v1/memories/forget', { body: { scope: 'session', id: 'ext:b' } });

    expect(receipt.body.counts).toMatchObject({ memories: 1 });
    expect(await memories()).toMatchObject([
      { id: again.id, validTo: null },
      { id: first.id, validTo: '2024-06-01T00:00:00.000Z', supersededBy: again.id },
    ]);
  });

  it('holds again when the one that ended it is forgotten, with no trace of that', async () => {
    const key = { subject: 'user', predicate: 'home city' };
    await speak('a', '2024-01-01T00:00:00Z', { content: 'The user lives in Berlin.', ...key });
    await speak('b', '2024-06-01T00:00:00Z', { content: 'The user lives in Munich.', ...key });

    const receipt = await call('POST', '/v1/memories/forget', { body: { scope: 'session', id: 'ext:b' } });

    const left = await memories();
    expect(receipt.body.counts).toMatchObject({ sessions: 1, turns: 1, memories: 1 });
    expect(left).toMatchObject([{ content: 'The user lives in Berlin.', validTo: null, supersededBy: null }]);
    const { body } = await call('GET', `/v1/memories/${String(left[0]?.id)}/history`);
    expect((body.items as Body[]).map(({ validTo }) => validTo)).not.toContain('2024-06-01T00:00:00.000Z');
    expect(
      await sql(`SELECT FROM memori.background_requests WHERE user_id = $1 AND body_sealed IS NOT NULL`, [
        `user-${users}`,
      ]),
    ).toEqual([]);
  });
});

describe('forgetting', () => {
  it('takes back what was submitted and not answered yet', async () => {
    await say('gone', 'Remember the planted secret.');
    const gate = claude.gate();
    claude.nextFor(FACTS, replies.held(gate.until, replies.json({ facts: [] })));
    const settled = settle(memori);
    await claude.received(1);

    await call('POST', '/v1/memories/forget', { body: { scope: 'user', id: `user-${users}` } });
    gate.open();
    await settled;

    const rows = await sql(`SELECT FROM memori.background_requests WHERE user_id = $1`, [`user-${users}`]);
    expect([rows, await memories()]).toEqual([[], []]);
    expect(await sql(`SELECT FROM memori.journal WHERE user_id = $1`, [`user-${users}`])).toHaveLength(1);
  });
});

describe('facts of questions', () => {
  const ask = async (question: string, more: Body = {}) =>
    (await call('POST', '/v1/questions', { body: { question, dataSourceId: shop.id, ...more } })).body;

  it('are drawn from what was asked, and not from what was answered', async () => {
    claude.next({ outcome: 'sql', sql: 'SELECT 1 AS one', explanation: 'Active customers are those of this year.' });
    await ask('Active customers ordered within 90 days. How many are there?', { sessionId: 'ext:q' });
    claude.nextFor(
      FACTS,
      drawn(
        { content: 'Active customers are those who ordered within 90 days.', turn: 0 },
        { content: 'Active customers are those of this year.', turn: 1 },
      ),
    );

    await settle(memori);

    const kept = await memories();
    expect(kept).toMatchObject([
      { content: 'Active customers are those who ordered within 90 days.', namespace: `schema:${shop.id}` },
    ]);
  });

  it('are drawn from feedback', async () => {
    claude.next('SELECT count(*) AS n FROM customers');
    const { id } = await ask('How many customers are there?', { sessionId: 'ext:feedback' });
    await settle(memori);
    claude.reset();

    const feedback = {
      verdict: 'incorrect',
      note: 'Leave out test customers.',
      correctedSql: 'SELECT count(*) - 1 AS n FROM customers',
    };
    const given = await call('POST', `/v1/questions/${String(id)}/feedback`, { body: feedback });
    claude.nextFor(FACTS, drawn({ content: 'Test customers are left out of counts.', turn: 0, category: 'rule' }));
    await settle(memori);

    expect(given.status).toBeLessThan(300);
    expect(asked()).toHaveLength(1);
    expect(asked()[0]?.question).toContain('Leave out test customers.');
    expect(asked()[0]?.question).toContain('count(*) - 1');
    expect(await memories()).toMatchObject([{ content: 'Test customers are left out of counts.', category: 'rule' }]);
    expect(await sql('SELECT FROM memori.corrections')).toEqual([]);
  });

  it('are not drawn again from what was recalled', async () => {
    await call('POST', '/v1/memories', {
      body: { content: 'Revenue counts paid invoices only.', category: 'rule', namespace: `schema:${shop.id}` },
    });
    claude.next('SELECT 1 AS one');
    const answer = await ask('What is the revenue?', { sessionId: 'ext:echo' });
    await settle(memori);
    claude.reset();
    await say('echo', { role: 'assistant', content: 'As you know, revenue counts paid invoices only.' });
    claude.nextFor(FACTS, drawn({ content: 'Revenue only counts paid invoices.', turn: 0 }));

    await settle(memori);

    expect((answer.memories as Body[]).length).toBe(1);
    expect(await memories()).toHaveLength(1);
  });
});

// Last: what the provider refused slows down what comes after it.
describe('facts that fail', () => {
  it('wait for a model that fails, and are no empty success', async () => {
    await say('fails', 'I like tea.');
    claude.nextFor(
      FACTS,
      replies.overloaded(),
      replies.brokenJson(),
      drawn({ content: 'The user likes tea.', turn: 0 }),
    );

    for (let round = 0; round < 4; round++) {
      await sql(`UPDATE memori.background_requests SET run_after = now() WHERE state = 'waiting'`);
      await sql(`DELETE FROM memori.pauses`);
      await settle(memori);
    }

    expect((await memories()).map(({ content }) => content)).toEqual(['The user likes tea.']);
  });
});
