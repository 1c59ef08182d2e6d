import { FakeClaude, replies } from '@memori/testing';
import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Answer, type Call, type CallOptions, clientOf } from './support/client';
import { type ApiDocument, undocumented } from './support/document';
import { openShop, type Shop } from './support/shop';

let claude: FakeClaude;
let memori: BootedMemori;
let call: Call;
let shop: Shop;
let document: ApiDocument;

beforeAll(async () => {
  claude = await FakeClaude.start();
  memori = await bootMemori({ claude, env: { MEMORI_BACKGROUND_MODEL_CALLS: 'false' } });
  call = clientOf(memori);
  shop = await openShop(call);
  document = (await call('GET', '/openapi.json')).body as unknown as ApiDocument;
});

afterAll(async () => {
  await memori?.close();
  await shop?.close();
  await claude?.stop();
});

const ask = (question: string, options: CallOptions & { more?: object } = {}) =>
  call('POST', '/v1/questions', { ...options, body: { question, ...options.more } });
const read = (id: unknown, wait = 30) => call('GET', `/v1/questions/${String(id)}?wait=${wait}`);

function expectDocumented(method: string, path: string, answer: Answer): void {
  expect(undocumented(document, method, path, answer)).toEqual([]);
}

describe('a question', () => {
  it('is answered with its SQL, its rows as they are, and what it cost', async () => {
    claude.gold('What is the largest order?', 'SELECT id, total, ordered_at FROM orders ORDER BY total DESC LIMIT 1');

    const answer = await ask('What is the largest order?', { more: { timeZone: 'Europe/Berlin' } });

    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      status: 'answered',
      source: 'model',
      question: 'What is the largest order?',
      rows: [['9007199254740993', '12345678901234567890.0123456789', '2024-03-31T03:30:00+02:00']],
      rowCount: 1,
      truncated: false,
      usage: { model: expect.any(String), attempts: 1 },
    });
    expectDocumented('POST', '/v1/questions', answer);
    const again = await read(answer.body.id);
    expect(again.body.rows).toEqual(answer.body.rows);
    expectDocumented('GET', '/v1/questions/{id}', again);
  });

  it('may go to a data source by its name, its id, or to the only one', async () => {
    claude.answers('SELECT 1 AS one');

    for (const more of [{}, { dataSourceId: shop.name }, { dataSourceId: shop.id }])
      expect((await ask(`Which one? ${JSON.stringify(more)}`, { more })).body).toMatchObject({
        dataSourceId: shop.id,
        rows: [[1]],
      });
    expect((await ask('Which?', { more: { dataSourceId: 'nowhere' } })).body).toMatchObject({
      status: 404,
      code: 'not-found',
    });
  });

  it('may get a question back, and is answered in reply', async () => {
    claude.gold('How many?', 'SELECT 0');
    claude.when('How many good ones?').once(replies.clarification('Good in what way?', ['by total', 'by count']));
    const back = await ask('How many good ones?');
    expect([back.status, back.body.status]).toEqual([200, 'clarification']);
    expectDocumented('POST', '/v1/questions', back);
    claude.gold('by count', 'SELECT count(*) AS n FROM orders');

    const answer = await call('POST', '/v1/questions', { body: { replyTo: back.body.id, option: 1 } });

    expect(answer.body).toMatchObject({ status: 'answered', sessionId: back.body.sessionId, rows: [['2']] });
    expect((await call('POST', '/v1/questions', { body: { replyTo: back.body.id, option: 7 } })).body).toMatchObject({
      errors: [{ pointer: '/option' }],
    });
  });

  it('may be refused', async () => {
    claude.when('Who will win?').once(replies.refusal('The data says nothing about it.'));

    const answer = await ask('Who will win?');

    expect([answer.status, answer.body.status]).toEqual([200, 'refused']);
    expectDocumented('POST', '/v1/questions', answer);
  });

  it('that fails answers with the status of its problem, and 200 with the error when it is read', async () => {
    claude.when('What breaks?').answers('DELETE FROM orders');

    const answer = await ask('What breaks?');

    expect(answer.body).toMatchObject({ status: 422, code: 'sql-not-allowed', questionId: expect.any(String) });
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expectDocumented('POST', '/v1/questions', answer);
    const later = await read(answer.body.questionId);
    expect(later.status).toBe(200);
    expect(later.body).toMatchObject({
      status: 'failed',
      error: { code: 'sql-not-allowed', questionId: answer.body.questionId },
    });
    expectDocumented('GET', '/v1/questions/{id}', later);
  });

  it.each([
    ['prose', replies.prose(), 'model-reply-invalid', 502],
    ['broken JSON', replies.brokenJson(), 'model-reply-invalid', 502],
    ['nothing', replies.empty(), 'model-reply-invalid', 502],
    ['half an answer', replies.maxTokens(), 'model-reply-invalid', 502],
    ['a refusal of the provider', replies.stopRefusal(), 'provider-refused', 502],
  ])('that the model answers with %s fails clearly', async (what, reply, code, status) => {
    claude.when(`What about ${what}?`).answers(reply);

    const answer = await ask(`What about ${what}?`);

    expect(answer.body).toMatchObject({ code, status });
    expectDocumented('POST', '/v1/questions', answer);
  });

  it.each([
    [{ question: '' }, 422, '/question'],
    [{ question: '   ' }, 422, '/question'],
    [{}, 422, '/question'],
    [{ question: 5 }, 422, '/question'],
    [{ question: ['a'] }, 422, '/question'],
    [{ question: 'a\0b' }, 422, '/question'],
    [{ question: 'x', maxRows: '5' }, 422, '/maxRows'],
    [{ question: 'x', maxRows: 0 }, 422, '/maxRows'],
    [{ question: 'x', maxRows: 10_001 }, 422, '/maxRows'],
    [{ question: 'x', execute: 'false' }, 422, '/execute'],
    [{ question: 'x', timeZone: 'Mars/Olympus' }, 422, '/timeZone'],
    [{ question: 'x', language: 'not a language' }, 422, '/language'],
    [{ question: 'x', replyTo: 'y' }, 422, '/replyTo'],
    [{ question: 'x', option: 0 }, 422, '/option'],
    [{ question: 'x', model: 5 }, 422, '/model'],
    [{ question: 'x', colour: 'red' }, 422, '/colour'],
  ])('%j is told where it is wrong', async (body, status, pointer) => {
    const answer = await call('POST', '/v1/questions', { body });

    expect(answer.body).toMatchObject({ status, code: 'invalid-request' });
    expect((answer.body.errors as { pointer: string }[]).map((error) => error.pointer)).toContain(pointer);
  });

  it.each([
    ['of 100,000 characters', 'x'.repeat(100_000)],
    ['of 10,001 characters that are not ASCII', '多'.repeat(10_001)],
  ])('%s is too long', async (_, question) => {
    const answer = await ask(question);

    expect(answer.body).toMatchObject({ code: 'question-too-long' });
    expectDocumented('POST', '/v1/questions', answer);
  });

  it('with a model that nobody knows is refused before it is asked', async () => {
    expect((await ask('Which model?', { more: { model: 'gpt-9' } })).body).toMatchObject({
      status: 422,
      code: 'model-not-allowed',
    });
  });
});

describe('rows', () => {
  it('come as JSON, CSV and NDJSON, unrounded', async () => {
    claude.gold('All orders?', 'SELECT id, total FROM orders ORDER BY id');
    const { body } = await ask('All orders?');
    const path = `/v1/questions/${String(body.id)}/rows`;

    const [json, csv, ndjson] = [
      await call('GET', path),
      await call('GET', `${path}?format=csv`),
      await call('GET', `${path}?format=ndjson`),
    ];

    expect(json.body).toMatchObject({
      rowCount: 2,
      rows: [
        ['2', '1.0000000000'],
        ['9007199254740993', '12345678901234567890.0123456789'],
      ],
    });
    expectDocumented('GET', '/v1/questions/{id}/rows', json);
    expect(csv.text.split('\r\n')[0]).toBe('id,total');
    expect(ndjson.text.trim().split('\n')).toHaveLength(2);
    expect((await call('GET', `${path}?format=pdf`)).status).toBe(422);
  });
});

describe('beside the answer', () => {
  it('stands what went into the prompt', async () => {
    const { body } = await ask('What goes into the prompt?');

    const context = await call('GET', `/v1/questions/${String(body.id)}/context`);

    expect(context.status).toBe(200);
    expectDocumented('GET', '/v1/questions/{id}/context', context);
  });

  it('may stand a judgement, with the SQL that would have been right', async () => {
    const { body } = await ask('Is this right?');

    const noted = await call('POST', `/v1/questions/${String(body.id)}/feedback`, {
      body: { verdict: 'incorrect', rating: 1, correctedSql: 'SELECT count(*) AS n FROM orders', note: 'no' },
    });

    expect(noted.body).toMatchObject({ verdict: 'incorrect', corrected: { rows: [['2']] } });
    expectDocumented('POST', '/v1/questions/{id}/feedback', noted);
    const wrong = await call('POST', `/v1/questions/${String(body.id)}/feedback`, { body: { verdict: 'maybe' } });
    expect(wrong.body).toMatchObject({ errors: [{ pointer: '/verdict' }] });
  });

  it('the list shows questions newest first, of one session when it is named', async () => {
    const first = await ask('First of the list?', { more: { sessionId: 'ext:listed' } });
    const second = await ask('Second of the list?', { more: { sessionId: 'ext:listed' } });

    const list = await call('GET', '/v1/questions?sessionId=ext:listed');

    expect((list.body.items as { id: string }[]).map(({ id }) => id)).toEqual([second.body.id, first.body.id]);
    expectDocumented('GET', '/v1/questions', list);
  });

  it('nobody else reads a question', async () => {
    const { body } = await ask('Who reads this?');
    const headers = { 'x-memori-user': 'stranger' };

    for (const path of ['', '/events', '/rows', '/context'])
      expect((await call('GET', `/v1/questions/${String(body.id)}${path}`, { headers })).status).toBe(404);
    expect((await call('DELETE', `/v1/questions/${String(body.id)}`, { headers })).status).toBe(404);
  });

  it('the log and the audit hold no question, no SQL and no row', async () => {
    claude.gold('Which customer is called Ada-of-the-log?', "SELECT 'value-of-the-log' AS v");
    await ask('Which customer is called Ada-of-the-log?');

    const audit = await call('GET', '/v1/admin/audit?limit=50');

    expect(`${memori.logLines.join('')}${audit.text}`).not.toMatch(/of-the-log/);
  });
});
