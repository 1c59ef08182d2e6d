import { bootMemori, type BootedMemori } from './support/boot-memori';
import { type Body, type Call, clientOf } from './support/client';

let memori: BootedMemori;
let call: Call;

beforeAll(async () => {
  memori = await bootMemori({
    env: { MEMORI_RECALL_WEIGHTS: '{"speaker": 3}', MEMORI_DEFAULT_TIMEZONE: 'Asia/Shanghai' },
  });
});
afterAll(() => memori?.close());

let users = 0;
beforeEach(() => {
  call = clientOf(memori, { headers: { 'x-memori-user': `user-${++users}` } });
});

const say = (...turns: Body[]) => call('POST', '/v1/sessions/ext:talk/turns', { body: turns });
const search = async (query: string, more: Body = {}) =>
  (await call('POST', '/v1/memories/search', { body: { query, ...more } })).body.items as Body[];
const SUMMED = ['text', 'around', 'session', 'fits', 'newer', 'importance', 'vector'];

describe('explain', () => {
  it('gives the part of every signal, and they make up the score', async () => {
    await say(
      { role: 'user', name: 'Ada', content: 'The penguin moved to Basel in 2019.' },
      { role: 'user', name: 'Bo', content: 'When did the penguin come?' },
      { role: 'user', name: 'Ada', content: 'Two years ago, in March.' },
      { role: 'assistant', content: 'The penguin lives in Basel now.' },
    );
    await call('POST', '/v1/memories', {
      body: { content: 'The penguin is called Otto', category: 'fact', importance: 0.9 },
    });

    const items = await search('When did the penguin of Ada come to Basel in March 2019?', { explain: true });

    expect(items.length).toBe(5);
    for (const { kind, score, signals } of items as {
      kind: string;
      score: number;
      signals: Record<string, number>;
    }[]) {
      const names = Object.keys(signals);
      expect(names.sort()).toEqual(
        (kind === 'turn'
          ? ['text', 'around', 'session', 'fits', 'newer', 'speaker', 'role', 'form', 'time']
          : ['text', 'importance', 'trust', 'time']
        ).sort(),
      );
      const parts = Object.entries(signals);
      const sum = parts.reduce((total, [name, part]) => total + (SUMMED.includes(name) ? part : 0), 0);
      const factor = parts.reduce((product, [name, part]) => product * (SUMMED.includes(name) ? 1 : part), 1);
      expect(score).toBeCloseTo(sum * factor, 2);
    }
    expect((items[0]?.signals as Record<string, number>).speaker).toBe(3);
    expect((await search('penguin'))[0]).not.toHaveProperty('signals');
  });
});

describe('the weights of signals', () => {
  it.each([
    ['{"speakers": 3}', /MEMORI_RECALL_WEIGHTS: "speakers" is no weight; there are previous, /],
    ['{"speaker": "much"}', /MEMORI_RECALL_WEIGHTS: "speaker" must be a number from 0 to 10/],
    ['3', /MEMORI_RECALL_WEIGHTS must be a JSON object/],
  ])('stop the start when they are %s', async (weights, message) => {
    await expect(bootMemori({ beside: memori, env: { MEMORI_RECALL_WEIGHTS: weights } })).rejects.toThrow(message);
  });
});

describe('the days that a search names', () => {
  it.each([
    ['What about the penguin yesterday?', {}, 'late'],
    ['昨天说的 penguin', {}, 'late'],
    ['What about the penguin yesterday?', { timeZone: 'America/Los_Angeles' }, 'early'],
    ['昨天说的 penguin', { timeZone: 'America/Los_Angeles' }, 'early'],
  ])('"%s" are those of the asker %j', async (query, more, expected) => {
    // In Shanghai it is the 16th already, and yesterday the 15th; in Los Angeles still the 15th, and yesterday the 14th.
    const asOf = '2025-06-15T20:00:00Z';
    await say(
      { role: 'user', externalId: 'early', content: 'The penguin sleeps', occurredAt: '2025-06-14T13:00:00Z' },
      { role: 'user', externalId: 'late', content: 'The penguin sleeps', occurredAt: '2025-06-15T13:00:00Z' },
      { role: 'user', externalId: 'after', content: 'The penguin sleeps', occurredAt: '2025-06-15T19:30:00Z' },
    );

    const items = await search(query, { asOf, explain: true, ...more });

    const inTime = items.filter(({ signals }) => (signals as Record<string, number>).time === 1.3);
    expect(inTime.map(({ externalId }) => externalId)).toEqual([expected]);
    expect(items[0]?.externalId).toBe(expected);
  });

  it('refuses a zone that there is not', async () => {
    const { status, body } = await call('POST', '/v1/memories/search', { body: { query: 'x', timeZone: '+05:00' } });
    expect([status, body.errors]).toMatchObject([422, [{ pointer: '/timeZone' }]]);
  });

  it('are those of the tenant where the asker names no zone', async () => {
    const tenant = await clientOf(memori)('POST', '/v1/admin/tenants', {
      body: { name: 'West', timeZone: 'America/Los_Angeles' },
    });
    const made = await clientOf(memori)('POST', '/v1/admin/api-keys', {
      body: { name: 'k', userId: 'ada', tenantId: tenant.body.id },
    });
    call = clientOf(memori, { key: String(made.body.key) });
    await say({ role: 'user', externalId: 'early', content: 'The penguin', occurredAt: '2025-06-14T13:00:00Z' });

    const [item] = await search('the penguin yesterday', { asOf: '2025-06-15T20:00:00Z', explain: true });

    expect((item?.signals as Record<string, number>).time).toBe(1.3);
  });
});
