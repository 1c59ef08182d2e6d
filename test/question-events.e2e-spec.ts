import { FakeClaude } from '@memori/testing';
import { bootMemori, type BootedMemori, ADMIN_KEY } from './support/boot-memori';
import { type Call, type CallOptions, clientOf } from './support/client';
import { allEvents, eventsOf } from './support/events';
import { openShop, type Shop } from './support/shop';

let claude: FakeClaude;
let memori: BootedMemori;
let call: Call;
let shop: Shop;

beforeAll(async () => {
  claude = await FakeClaude.start();
  memori = await bootMemori({ claude, env: { MEMORI_BACKGROUND_MODEL_CALLS: 'false' } });
  call = clientOf(memori);
  shop = await openShop(call);
});

afterAll(async () => {
  await memori?.close();
  await shop?.close();
  await claude?.stop();
});

const ask = (question: string, options: CallOptions & { more?: object } = {}) =>
  call('POST', '/v1/questions', { ...options, body: { question, ...options.more } });
const read = (id: unknown, wait = 30) => call('GET', `/v1/questions/${String(id)}?wait=${wait}`);
const fetchEvents = (path: string, init: RequestInit = {}) =>
  fetch(`${memori.url}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${ADMIN_KEY}`, accept: 'text/event-stream', ...init.headers },
  });

describe('events', () => {
  it('tell a question from its beginning, whenever they are read', async () => {
    claude.gold('Which cities?', 'SELECT name, city FROM customers ORDER BY id');
    const { body } = await ask('Which cities?');

    const response = await fetchEvents(`/v1/questions/${String(body.id)}/events`);
    const events = await allEvents(response);

    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const types = events.map((event) => event.type);
    expect(types.filter((type) => type !== 'status' && type !== 'delta')).toEqual(['sql', 'rows', 'done']);
    expect(events.map((event) => event.id)).toEqual([...events.keys()].map((index) => index + 1));
    expect(events.find((event) => event.type === 'rows')?.data).toMatchObject({
      columns: [
        { name: 'name', type: 'text' },
        { name: 'city', type: 'text' },
      ],
      rows: [
        ['Ada', 'London'],
        ['张伟', '上海'],
        ['Zoë', null],
      ],
      offset: 0,
    });
    expect(events.at(-1)?.data).toMatchObject({ id: body.id, status: 'answered' });
    expect(events.at(-1)?.data).not.toHaveProperty('rows');
  });

  it('go on after the last one that was seen', async () => {
    const { body } = await ask('Which cities?');
    const path = `/v1/questions/${String(body.id)}/events`;
    const all = await allEvents(await fetchEvents(path));
    const seen = all.at(-2)?.id ?? 0;

    const rest = await allEvents(await fetchEvents(path, { headers: { 'last-event-id': String(seen) } }));
    const nothing = await allEvents(await fetchEvents(path, { headers: { 'last-event-id': String(all.at(-1)?.id) } }));

    expect(rest).toEqual(all.slice(-1));
    expect(nothing).toEqual([]);
    expect((await call('GET', path, { headers: { 'last-event-id': 'x' } })).status).toBe(422);
  });

  it('come as they happen to whoever asks for a stream', async () => {
    const gate = claude.holdNext('SELECT 7 AS seven');
    const body = JSON.stringify({ question: 'What is seven?' });
    const response = await fetchEvents('/v1/questions', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    const events = eventsOf(response);
    const first = await events.next();

    gate.open();
    const rest = [];
    for await (const event of events) rest.push(event);

    expect(response.status).toBe(200);
    expect(first.value).toMatchObject({ id: 1, type: 'status' });
    expect(rest.at(-1)).toMatchObject({ type: 'done', data: { status: 'answered' } });
    expect(rest.find((event) => event.type === 'rows')?.data).toMatchObject({ rows: [[7]] });
  });

  it('end with the problem when the question fails', async () => {
    claude.when('What breaks?').answers('DELETE FROM orders');
    const failed = await ask('What breaks?');

    const events = await allEvents(await fetchEvents(`/v1/questions/${String(failed.body.questionId)}/events`));

    expect(events.at(-1)).toMatchObject({
      type: 'error',
      data: { code: 'sql-not-allowed', questionId: failed.body.questionId },
    });
  });

  it('are a plain problem when there is no such question', async () => {
    const answer = await call('GET', '/v1/questions/01939d0c-5f2e-7c1a-9b5e-0f6a3d2c1b0a/events', {
      headers: { accept: 'text/event-stream' },
    });

    expect(answer.body).toMatchObject({ status: 404, code: 'not-found' });
  });
});

describe('a lost connection', () => {
  const hangUpOn = async (headers: Record<string, string>, question: string) => {
    const gate = claude.holdNext('SELECT 8 AS eight');
    const controller = new AbortController();
    const asked = claude.requests.length;
    const pending = fetch(`${memori.url}/v1/questions`, {
      method: 'POST',
      body: JSON.stringify({ question }),
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json', ...headers },
      signal: controller.signal,
    }).catch(() => undefined);
    await claude.received(asked + 1);
    const listed = await call('GET', '/v1/questions?limit=1');
    const [{ id }] = listed.body.items as [{ id: string }];
    return { id, gate, hangUp: async () => void (controller.abort(), await pending) };
  };

  it('cancels a question that nobody can ask for again', async () => {
    const { id, gate, hangUp } = await hangUpOn({}, 'What is eight?');

    await hangUp();
    // The call to the model is given up as soon as the question is cancelled.
    await claude.idle();

    expect((await read(id, 0)).body.status).toBe('cancelled');
    gate.open();
  });

  it('cancels nothing when there is an idempotency key', async () => {
    const { id, gate, hangUp } = await hangUpOn({ 'idempotency-key': 'hang-up' }, 'What is eight, with a key?');

    await hangUp();
    gate.open();

    expect((await read(id)).body).toMatchObject({ status: 'answered', rows: [[8]] });
  });

  it('cancels nothing that somebody else follows', async () => {
    const { id, gate, hangUp } = await hangUpOn({}, 'What is eight, followed?');
    const events = eventsOf(await fetchEvents(`/v1/questions/${id}/events`));
    await events.next();

    await hangUp();
    gate.open();

    expect((await read(id)).body).toMatchObject({ status: 'answered', rows: [[8]] });
    await events.return(undefined);
  });
});

it('a stream ends with its process, and goes on with another', async () => {
  const other = await bootMemori({ claude, beside: memori });
  const gate = claude.holdNext('SELECT 9 AS nine');
  const asked = claude.requests.length;
  const accepted = await clientOf(other)('POST', '/v1/questions', {
    body: { question: 'What is nine?' },
    headers: { prefer: 'respond-async' },
  });
  const path = `/v1/questions/${String(accepted.body.id)}/events`;
  const headers = { authorization: `Bearer ${ADMIN_KEY}` };
  const stream = allEvents(await fetch(`${other.url}${path}`, { headers }));
  await claude.received(asked + 1);

  await other.close();
  gate.open();
  const all = await stream;
  const seen = all.filter(({ id }) => id > 0);
  claude.answers('SELECT 9 AS nine');
  const rest = await allEvents(await fetchEvents(path, { headers: { 'last-event-id': String(seen.at(-1)?.id ?? 0) } }));

  expect(all.at(-1)).toMatchObject({ id: NaN, type: 'status', data: { reason: 'shutting-down', retryAfterMs: 1000 } });
  expect(seen.map(({ type }) => type)).not.toContain('done');
  expect(rest.at(-1)).toMatchObject({ type: 'done', data: { status: 'answered' } });
});
