import { BudgetReaper, Prices } from '@memori/budget';
import { ClaudeError, replies } from '@memori/testing';
import { BackgroundSettings } from './background-settings';
import { aSummaryRequest, backgroundWorld } from './background.fixture';

jest.setTimeout(60_000);

type World = Awaited<ReturnType<typeof backgroundWorld>>;

describe('background work in message batches', () => {
  let world: World;
  let memori: Awaited<ReturnType<World['start']>>;

  beforeAll(async () => {
    world = await backgroundWorld();
    memori = await world.start({ MEMORI_BACKGROUND_BATCH: 'true', MEMORI_MAX_ATTEMPTS: '2' });
  });
  beforeEach(async () => {
    memori.summaries.taken.length = 0;
    await world.wipe();
  });
  afterAll(() => world.close());

  /** Sends what waits, lets the provider work, and collects. */
  const roundTrip = async () => {
    await memori.round();
    await world.pass('3 minutes');
    await memori.round();
    await memori.round();
  };

  it('holds half the price before it sends, and settles each request by its own usage at half the price', async () => {
    world.claude.batches.endsByItself = false;
    const bob = { tenantId: 'default', userId: 'bob' };
    await memori.submit(aSummaryRequest('a'), aSummaryRequest('b', { scope: bob }));

    await memori.round();
    const whileSent = await world.held();
    world.claude.batches.endAll();
    await world.pass('3 minutes');
    await memori.round();
    await memori.round();

    const prices = memori.app.get(Prices, { strict: false }).current;
    const [reserved] = await world.sql<{ reserved: never }>('SELECT reserved FROM memori.attempts LIMIT 1');
    const half = prices.cost('claude-haiku-5-5', reserved?.reserved as never, { batch: true });
    expect(half).toBeLessThan(prices.cost('claude-haiku-5-5', reserved?.reserved as never));
    expect(whileSent).toMatchObject({ open: 2, nano: String(2n * half) });
    const journal = await world.journal();
    expect(journal.map(({ user_id: user, purpose }) => [user, purpose]).sort()).toEqual([
      ['anna', 'summary'],
      ['bob', 'summary'],
    ]);
    for (const { input, output, nano } of journal) {
      const usage = {
        inputTokens: input,
        outputTokens: output,
        cacheReadTokens: 0,
        cacheWrite5mTokens: 0,
        cacheWrite1hTokens: 0,
      };
      expect(nano).toBe(String(prices.cost('claude-haiku-5-5', usage, { batch: true })));
    }
    expect(await world.held()).toMatchObject({ open: 0 });
    expect([world.claude.batches.count, world.claude.rejected]).toEqual([1, []]);
  });

  it('charges what was written into the cache and read from it at half the price as well', async () => {
    const long = { text: 'Everything that was ever said. '.repeat(400), cache: '1h' as const };
    await memori.submit(aSummaryRequest('a', { system: [long] }), aSummaryRequest('b', { system: [long] }));

    await roundTrip();

    const rows = await world.sql<{ w: number; r: number; i: number; o: number; nano: string }>(
      `SELECT cache_write_1h_tokens::int AS w, cache_read_tokens::int AS r, input_tokens::int AS i, output_tokens::int AS o,
         nano_usd AS nano FROM memori.journal ORDER BY id`,
    );
    const prices = memori.app.get(Prices, { strict: false }).current;
    expect(rows.some(({ w }) => w > 1000) && rows.some(({ r }) => r > 1000)).toBe(true);
    for (const { w, r, i, o, nano } of rows) {
      const usage = {
        inputTokens: i,
        outputTokens: o,
        cacheReadTokens: r,
        cacheWrite5mTokens: 0,
        cacheWrite1hTokens: w,
      };
      expect(nano).toBe(String(prices.cost('claude-haiku-5-5', usage, { batch: true })));
    }
  });

  it('gives each reply to its consumer once, and forgets prompt and reply then', async () => {
    await memori.submit(aSummaryRequest('a'), aSummaryRequest('b'));

    await roundTrip();
    await memori.round();

    expect(memori.summaries.taken.map(({ reference }) => reference)).toEqual(
      expect.arrayContaining([{ about: 'a' }, { about: 'b' }]),
    );
    expect(memori.summaries.taken).toHaveLength(2);
    expect(memori.summaries.taken[0]?.json).toEqual({ summary: '[simulated] A summary' });
    expect(await world.requests()).toEqual([
      { key: 'a', state: 'taken', attempts: 0, code: null, body: null },
      { key: 'b', state: 'taken', attempts: 0, code: null, body: null },
    ]);
  });

  it('waits for company, but not for ever', async () => {
    const patient = await world.start({ MEMORI_BACKGROUND_BATCH: 'true' });
    Object.assign(patient.app.get(BackgroundSettings, { strict: false }), { batchEnough: 3 });
    await patient.submit(aSummaryRequest('a'), aSummaryRequest('b'));

    await patient.round();
    const alone = world.claude.batches.count;
    await world.pass('2 minutes');
    await patient.round();

    expect([alone, world.claude.batches.count]).toEqual([0, 1]);
  });

  it.each([
    ['an error of the provider', replies.serverError()],
    ['the end of its day', replies.hang()],
  ])('charges nothing for %s, and sends it again', async (_, reply) => {
    world.claude.nextFor('memori-summary-1', reply);
    await memori.submit(aSummaryRequest('a'));

    await roundTrip();
    const [after] = await world.requests();
    const charged = await world.journal();
    await world.pass('10 minutes');
    await roundTrip();

    expect(after).toMatchObject({ state: 'waiting', attempts: 1, code: 'provider-unavailable' });
    expect([charged, await world.held()]).toEqual([[], expect.objectContaining({ open: 0 })]);
    expect((await world.requests())[0]?.state).toBe('taken');
  });

  it('charges nothing for what was cancelled at the provider, and sends it again', async () => {
    world.claude.batches.endsByItself = false;
    await memori.submit(aSummaryRequest('a'));
    await memori.round();
    const [batch] = world.claude.batches.list(new URLSearchParams()).data;
    world.claude.batches.cancel(batch?.id ?? '');

    await world.pass('3 minutes');
    await memori.round();

    expect(await world.requests()).toMatchObject([{ state: 'waiting', attempts: 1 }]);
    expect([await world.journal(), await world.held()]).toEqual([[], expect.objectContaining({ open: 0 })]);
  });

  it('pays for a reply that is of no use, tries again, and then leaves it failed for everybody to see', async () => {
    world.claude.nextFor('memori-summary-1', replies.prose(), replies.wrongShape());
    await memori.submit(aSummaryRequest('a'));

    await roundTrip();
    await world.pass('10 minutes');
    await roundTrip();

    expect(await world.requests()).toMatchObject([{ state: 'failed', attempts: 2, code: 'model-reply-invalid' }]);
    expect(await world.journal()).toHaveLength(2);
    expect(memori.summaries.taken).toEqual([]);
  });

  it('lets a request that cannot be afforded wait, and sends the others', async () => {
    await world.sql(`UPDATE memori.tenants SET time_zone = 'UTC' WHERE id = 'default'`);
    const poor = aSummaryRequest('poor', { maxOutputTokens: 128_000, scope: { tenantId: 'default', userId: 'poor' } });
    const strict = await world.start({ MEMORI_BACKGROUND_BATCH: 'true', MEMORI_DAILY_TOKEN_LIMIT: '20000' });
    await strict.submit(poor, aSummaryRequest('a'));

    await strict.round();
    await world.pass('3 minutes');
    await strict.round();

    expect(await world.requests()).toMatchObject([
      { key: 'a', state: expect.stringMatching(/ended|taken/) },
      { key: 'poor', state: 'waiting', attempts: 0, code: 'budget-exhausted' },
    ]);
  });

  it('releases everything at once when the provider refuses a batch', async () => {
    world.claude.nextBatch(new ClaudeError(429, 'rate_limit_error', 'Slow down', { 'retry-after': '7' }));
    await memori.submit(aSummaryRequest('a'));

    await memori.round();

    expect(await world.requests()).toMatchObject([{ state: 'waiting', attempts: 0, code: 'provider-rate-limited' }]);
    expect([await world.journal(), await world.held()]).toEqual([[], expect.objectContaining({ open: 0 })]);
  });

  it('finds a batch whose creation was never answered, and neither sends nor charges it twice', async () => {
    const stranger = { custom_id: 'somebody-else', params: {} };
    world.claude.batches.create({ requests: [stranger] });
    world.claude.nextBatch('answer-lost');
    await memori.submit(aSummaryRequest('a'));

    await memori.round();
    const unsure = [await world.requests(), await world.held()];
    await world.pass('4 minutes');
    await memori.round();
    await memori.round();
    await memori.round();

    expect(unsure).toMatchObject([[{ state: 'submitted' }], { open: 1 }]);
    expect(await world.requests()).toMatchObject([{ state: 'taken' }]);
    expect([world.claude.batches.count, (await world.journal()).length]).toEqual([2, 1]);
  });

  it('sends again what the provider never had, but only when that is sure', async () => {
    world.claude.nextBatch(new ClaudeError(500, 'api_error', 'Internal server error'));
    await memori.submit(aSummaryRequest('a'));

    await memori.round();
    const unsure = await world.requests();
    await world.pass('4 minutes');
    await memori.round();
    const given = [await world.requests(), await world.held(), await world.journal()];
    await world.pass('1 minute');
    await roundTrip();

    expect(unsure).toMatchObject([{ state: 'submitted' }]);
    expect(given).toMatchObject([[{ state: 'waiting', attempts: 1 }], { open: 0 }, []]);
    expect(await world.requests()).toMatchObject([{ state: 'taken' }]);
  });

  it('charges once when the process dies between the ledger and the row', async () => {
    await memori.submit(aSummaryRequest('a'));
    await memori.round();
    const [before] = await world.sql<{ batch: string; attempt: string; body: Buffer }>(
      'SELECT batch_id AS batch, attempt_id AS attempt, body_sealed AS body FROM memori.background_requests',
    );
    await world.pass('3 minutes');
    await memori.round();
    await memori.round();
    // As it stood in the database when the settlement was committed and nothing after it.
    await world.sql(
      `UPDATE memori.background_requests SET state = 'submitted', body_sealed = $1, reply_sealed = NULL, ended_at = NULL`,
      [before?.body],
    );
    await world.sql(`UPDATE memori.llm_batches SET state = 'open', ended_at = NULL`);

    await world.pass('3 minutes');
    await memori.round();
    await memori.round();

    expect(await world.requests()).toMatchObject([{ state: 'taken' }]);
    expect(await world.journal()).toHaveLength(1);
  });

  it('gives back what a process reserved and never sent', async () => {
    await memori.submit(aSummaryRequest('a'));
    await world.sql(`UPDATE memori.background_requests SET state = 'submitted', fence = 1, claimed_by = 'dead',
      claim_expires_at = now() - interval '1 minute'`);

    await memori.round();

    expect(await world.requests()).toMatchObject([{ state: expect.stringMatching(/waiting|submitted/), attempts: 1 }]);
  });

  it('charges half the price too when nobody ever came for the results', async () => {
    world.claude.batches.endsByItself = false;
    await memori.submit(aSummaryRequest('a'));
    await memori.round();
    const held = await world.held();
    const [{ left } = { left: '' }] = await world.sql<{ left: string }>(
      `SELECT floor(extract(epoch FROM expires_at - now()) / 3600) AS left FROM memori.holds`,
    );

    await world.sql(`UPDATE memori.holds SET expires_at = now() - interval '1 second'`);
    await memori.app.get(BudgetReaper, { strict: false }).sweep();

    expect(Number(left)).toBeGreaterThanOrEqual(25);
    expect(await world.journal()).toMatchObject([{ nano: held?.nano, reasons: ['unknown_usage'] }]);
  });
});
